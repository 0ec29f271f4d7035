package main

import (
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// A notifier tells the service manager how the program is. Where none has
// started it, it does nothing; that a message is lost is no reason to stop.
//
//	ready ─→ watchdog, watchdog, ... ─→ reloading ─→ ready ─→ ... ─→ stopping
type notifier struct {
	// every is how often watchdog is to be called, half the time after which
	// the manager starts a silent program again; 0 if it does not wait for it.
	every time.Duration
}

func newNotifier() notifier {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return notifier{}
	}
	return notifier{every: limit / 2}
}

// ready tells that rules are loaded and sources open, for the first time or
// again after reloading.
func (notifier) ready() { daemon.SdNotify(false, daemon.SdNotifyReady) }

// reloading tells that rules are being loaded anew; ready ends it.
func (notifier) reloading() {
	daemon.SdNotify(false, daemon.SdNotifyReloading+"\n"+daemon.SdNotifyMonotonicUsec())
}

// stopping tells that the program is ending.
func (notifier) stopping() { daemon.SdNotify(false, daemon.SdNotifyStopping) }

// watchdog tells that the loop has turned.
func (notifier) watchdog() { daemon.SdNotify(false, daemon.SdNotifyWatchdog) }
