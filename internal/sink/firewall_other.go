//go:build !linux

package sink

import (
	"errors"
	"net/netip"
	"time"
)

func (f *Firewall) block(netip.Addr, time.Duration) error {
	return Permanent(errors.New("only the firewall of Linux is known here"))
}

func (f *Firewall) unblock(netip.Addr) error {
	return Permanent(errors.New("only the firewall of Linux is known here"))
}
