package sink

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/logs-rdl/logs"
)

// DefaultMaxBanned is how many addresses of a family are banned at once unless
// a Firewall says otherwise.
const DefaultMaxBanned = 65536

// Firewall performs bans and unbans: it keeps addresses in two sets of
// nftables, and makes what it needs where it is missing:
//
//	table inet logs {
//		set banned4 { type ipv4_addr; size 65536; flags timeout }
//		set banned6 { type ipv6_addr; size 65536; flags timeout }
//		chain input {
//			type filter hook input priority -10; policy accept;
//			ip saddr @banned4 counter drop
//			ip6 saddr @banned6 counter drop
//		}
//	}
//
// The kernel ends a ban when its time is up, whether this program still runs
// or not. Nothing else in the firewall is touched, and nothing is flushed. Who
// does flush it, as a reload of the firewall may, ends all bans; the next one
// makes the table anew. The zero Firewall works on Linux. It needs the
// capability CAP_NET_ADMIN.
type Firewall struct {
	Table   string         // "" means logs
	Set     string         // what the names of the sets begin with; "" means banned
	Allow   []netip.Prefix // what is never banned, beside what protected tells of
	Forward bool           // drop as well what this machine would pass on to others
	Max     uint32         // how many addresses of a family at once; 0 means DefaultMaxBanned

	banned, unbanned, refused, full atomic.Int64
}

// FirewallStats count what a Firewall did.
type FirewallStats struct {
	Banned   int64 // bans made or renewed
	Unbanned int64 // addresses let go
	Refused  int64 // targets that are no address or may not be banned
	Full     int64 // bans that found no room
}

// Stats returns the counters. It may be called from any goroutine.
func (f *Firewall) Stats() FirewallStats {
	return FirewallStats{f.banned.Load(), f.unbanned.Load(), f.refused.Load(), f.full.Load()}
}

// Deliver bans the address e.Target for e.Span, or for ever if that is 0, or
// lets it go, as e.Kind says. A ban of an address that is banned begins anew.
// The error is permanent if trying again cannot help.
func (f *Firewall) Deliver(ctx context.Context, e *logs.Effect) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if e.Kind == logs.EffectUnban {
		return f.unban(e.Target)
	}
	return f.ban(e.Target, e.Span)
}

func (f *Firewall) ban(target string, span time.Duration) error {
	addr, err := address(target)
	if err == nil && span < 0 {
		err = fmt.Errorf("a ban cannot last %s", span)
	}
	if err != nil {
		return f.refuse(target, err)
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return fmt.Errorf("cannot ban %s: the machine's own addresses are not known: %w", addr, err)
	}
	if why := f.protected(addr, own); why != "" {
		return f.refuse(target, fmt.Errorf("it is %s", why))
	}
	if err := f.block(addr, span); err != nil {
		return fmt.Errorf("cannot ban %s: %w", addr, err)
	}
	f.banned.Add(1)
	return nil
}

func (f *Firewall) unban(target string) error {
	addr, err := address(target)
	if err != nil {
		return f.refuse(target, err)
	}
	if err := f.unblock(addr); err != nil {
		return fmt.Errorf("cannot unban %s: %w", addr, err)
	}
	f.unbanned.Add(1)
	return nil
}

func (f *Firewall) refuse(target string, why error) error {
	f.refused.Add(1)
	return Permanent(fmt.Errorf("%s is not banned: %w", quote(target), why))
}

// address reads an address, which log text may have spelled in any way that
// the machine understands: ::ffff:192.0.2.1 is 192.0.2.1, and a zone is no
// part of what a packet bears.
func address(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return a, fmt.Errorf("it is no address; ban one such as 192.0.2.1 or 2001:db8::1")
	}
	return a.Unmap().WithZone(""), nil
}

// ParseNetwork reads what is never to be banned: a network such as 10.0.0.0/8,
// or an address, which is a network of one.
func ParseNetwork(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a.WithZone(""), a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("%s is no network; name one such as 10.0.0.0/8, or an address", quote(s))
	}
	return p, nil
}

// protected says why an address can never be banned; "" if it can.
func (f *Firewall) protected(a netip.Addr, own []net.Addr) string {
	switch {
	case a.IsUnspecified():
		return "the unspecified address"
	case a.IsLoopback():
		return "a loopback address"
	case a.IsLinkLocalUnicast():
		return "a link-local address"
	case a.IsMulticast():
		return "a multicast address"
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "the broadcast address"
	}
	for _, p := range f.Allow {
		if p = unmapped(p); p.Contains(a) {
			return "allowed by " + p.String()
		}
	}
	if slices.ContainsFunc(own, func(o net.Addr) bool { return addressOf(o) == a }) {
		return "an address of this machine"
	}
	return ""
}

// unmapped returns an allowed network in the form in which addresses are
// compared: one of ::ffff:0:0/96 is one of IPv4.
func unmapped(p netip.Prefix) netip.Prefix {
	a := p.Addr()
	if a.Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p
}

// addressOf returns the address of an interface.
func addressOf(own net.Addr) netip.Addr {
	n, ok := own.(*net.IPNet)
	if !ok {
		return netip.Addr{}
	}
	a, _ := netip.AddrFromSlice(n.IP)
	return a.Unmap()
}

func (f *Firewall) max() uint32 {
	if f.Max == 0 {
		return DefaultMaxBanned
	}
	return f.Max
}
