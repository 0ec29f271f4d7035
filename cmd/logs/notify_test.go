package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

func TestNotifier(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "30000000")
	t.Setenv("WATCHDOG_PID", fmt.Sprint(os.Getpid()))
	n := newNotifier()
	if n.every != 15*time.Second {
		t.Errorf("of a watchdog of 30s it is told every %s", n.every)
	}
	for _, c := range []struct {
		tell func()
		want string
	}{
		{n.ready, `^READY=1$`},
		{n.watchdog, `^WATCHDOG=1$`},
		{n.reloading, `^RELOADING=1\nMONOTONIC_USEC=\d+\n?$`},
		{n.stopping, `^STOPPING=1$`},
	} {
		c.tell()
		buf := make([]byte, 100)
		length, err := manager.Read(buf)
		if err != nil || !regexp.MustCompile(c.want).Match(buf[:length]) {
			t.Errorf("%q (%v), want %s", buf[:length], err, c.want)
		}
	}
}

func TestNotifierWithoutManager(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"none":                   {},
		"of another process":     {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"},
		"with a broken watchdog": {"WATCHDOG_USEC": "soon"},
		"that is gone":           {"NOTIFY_SOCKET": filepath.Join(t.TempDir(), "gone")},
	} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
				t.Setenv(key, env[key])
			}
			n := newNotifier()
			n.ready()
			n.watchdog()
			n.reloading()
			n.stopping()
			if n.every != 0 {
				t.Errorf("a watchdog every %s", n.every)
			}
		})
	}
}
