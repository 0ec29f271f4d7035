package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"
	client "github.com/nats-io/nats.go"
)

const (
	watchedEdgeRules = `
rule { matching "app: seq: (\d+) of (\S+)"; binding (n key); doing forward seq(n = n, key = key) by key }`

	watchedRules = `
window lasts(key) { length 100h; max-lines 100; doing alert "many" }
rule seq {
    matching event seq
    binding (n key)
    doing {
        alert "event" { n = n }
        add n to lasts(key)
        if n == "7" { exec "/nonexistent/program" }
    }
}`
)

// A watched worker is the only one of a cluster of one server.
type watched struct {
	t       *testing.T
	dir     string
	place   string
	web     string
	server  *nats.Server
	manager *net.UnixConn // that it tells how it is
	worker  *exec.Cmd
	out     said
	err     said
}

func newWatched(t *testing.T) *watched {
	x := &watched{t: t, dir: t.TempDir(), web: freeAddress(t)}
	for name, text := range map[string]string{"edge.rdl": watchedEdgeRules, "worker.rdl": watchedRules} {
		if err := os.WriteFile(filepath.Join(x.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(x.dir, "logs"))
	}
	if err == nil {
		x.manager, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(x.dir, "notify"), Net: "unixgram"})
	}
	if err == nil {
		x.server, err = nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: nats.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	x.server.Start()
	if !x.server.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	x.place = "nats://" + x.server.Addr().String() + "/site"
	t.Cleanup(func() {
		x.stopServer()
		x.manager.Close()
		if x.worker != nil {
			x.worker.Process.Kill()
			x.worker.Wait()
		}
	})
	return x
}

func (x *watched) stopServer() {
	x.server.Shutdown()
	x.server.WaitForShutdown()
}

func (x *watched) command(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(x.dir, "logs"), args...)
	cmd.Dir, cmd.Stderr, cmd.Stdout = x.dir, &x.err, &x.out
	return cmd
}

func (x *watched) start() {
	x.t.Helper()
	x.worker = x.command("run", "-r", "worker.rdl", "--cluster", x.place, "--partitions", "3", "--replicas", "1", "--cluster-expiry", "1s",
		"--http", x.web, "--pid", "pid")
	x.worker.Env = append(os.Environ(), "NOTIFY_SOCKET="+filepath.Join(x.dir, "notify"), "WATCHDOG_USEC=2000000", "WATCHDOG_PID=")
	if err := x.worker.Start(); err != nil {
		x.t.Fatal(err)
	}
}

// told waits until the service manager is told something.
func (x *watched) told(what string) {
	x.t.Helper()
	x.manager.SetReadDeadline(time.Now().Add(20 * time.Second))
	for buf := make([]byte, 200); ; {
		n, err := x.manager.Read(buf)
		if err != nil {
			x.t.Fatalf("%s is never told: %v: %s", what, err, x.err.text())
		}
		if strings.HasPrefix(string(buf[:n]), what) {
			return
		}
	}
}

// send lets an edge send events.
func (x *watched) send(from, to int) {
	x.t.Helper()
	var log bytes.Buffer
	for n := from; n < to; n++ {
		fmt.Fprintf(&log, "%s host app: seq: %d of k%d\n", time.Now().UTC().Format(time.RFC3339Nano), n, n%10)
	}
	if err := os.WriteFile(filepath.Join(x.dir, "edge.log"), log.Bytes(), 0o600); err != nil {
		x.t.Fatal(err)
	}
	if err := x.command("run", "-r", "edge.rdl", "--upstream", "cluster+"+x.place, "--upstream-name", "edge1", "edge.log").Run(); err != nil {
		x.t.Fatalf("%v: %s", err, x.err.text())
	}
}

// get returns what the worker shows, "" while it shows nothing.
func (x *watched) get(path string) string {
	answer, err := http.Get("http://" + x.web + path)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return ""
	}
	return fmt.Sprint(answer.StatusCode, "\n", string(text))
}

func (x *watched) await(what string, holds func() bool) {
	x.t.Helper()
	for range 400 {
		if holds() {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	x.t.Fatalf("it never came to this: %s: %s\n%s", what, x.err.text(), x.get("/metrics"))
}

// shows waits until the metrics have a line.
func (x *watched) shows(lines ...string) {
	x.t.Helper()
	for _, line := range lines {
		x.await(line, func() bool { return regexp.MustCompile(`(?m)^` + line + `$`).MatchString(x.get("/metrics")) })
	}
}

// A worker is a service: it tells how it is to the service manager, over HTTP
// and on a signal, keeps what it gives up, and ends in time also when there are
// no servers any more.
func TestAWorkerIsAService(t *testing.T) {
	x := newWatched(t)
	x.start()
	x.told("READY=1")
	x.told("WATCHDOG=1")
	if pid, err := os.ReadFile(filepath.Join(x.dir, "pid")); err != nil || string(pid) != fmt.Sprintln(x.worker.Process.Pid) {
		t.Errorf("the number of the process: %s, %v", pid, err)
	}
	x.send(0, 40)
	x.shows("logs_lines_total 40", "logs_alerts_total 40", `logs_rule_matches_total\{rule="seq"\} 40`, `logs_source_open\{source="partition 2"\} 1`, "logs_rules 1",
		"logs_cluster_partitions 3", "logs_cluster_held 3", "logs_cluster_taken_total 3", "logs_cluster_fenced_total 0", "logs_cluster_lag_seconds 0")
	if health := x.get("/healthz"); !strings.HasPrefix(health, "200") {
		t.Errorf("its health: %s", health)
	}
	if page := x.get("/"); !strings.Contains(page, "3 of 3 partitions") {
		t.Errorf("its page: %s", page)
	}
	x.checkDead()
	x.worker.Process.Signal(syscall.SIGUSR1)
	x.await("it tells what it knows", func() bool { return strings.Count(x.err.text(), "lasts") >= 3 })
	x.worker.Process.Signal(syscall.SIGHUP)
	x.told("RELOADING=1")
	x.told("READY=1")
	x.send(40, 60)
	x.shows("logs_lines_total 60", "logs_cluster_taken_total 6") // what was counted before is not lost
	x.stopServer()
	x.worker.Process.Signal(syscall.SIGTERM)
	began := time.Now()
	x.worker.Wait()
	if took := time.Since(began); took > 4500*time.Millisecond {
		t.Errorf("it takes %s to end", took)
	}
	x.told("STOPPING=1")
}

// checkDead looks for the one action that was given up.
func (x *watched) checkDead() {
	x.t.Helper()
	conn, err := client.Connect("nats://" + x.server.Addr().String())
	if err != nil {
		x.t.Fatal(err)
	}
	defer conn.Close()
	js, err := conn.JetStream()
	if err != nil {
		x.t.Fatal(err)
	}
	x.await("it keeps what it gives up", func() bool {
		m, err := js.GetLastMsg("logs-site-dead", "logs.site.dead.*")
		return err == nil && bytes.Contains(m.Data, []byte("/nonexistent/program")) && bytes.HasPrefix(m.Data, []byte(`{"time":`))
	})
}

// What a worker has not is refused, and not left out in silence.
func TestWhatAWorkerHasNot(t *testing.T) {
	x := newWatched(t)
	for _, args := range []string{"--expire-contexts-on-exit", "--count-rules", "--state s", "--dry-run", "--clock wall", "x.log"} {
		cmd := x.command(append([]string{"run", "-r", "worker.rdl", "--cluster", x.place}, strings.Fields(args)...)...)
		var exit *exec.ExitError
		if err := cmd.Run(); !errors.As(err, &exit) || !strings.Contains(x.err.text(), "--cluster: a worker") {
			t.Errorf("%s: %v %s", args, err, x.err.text())
		}
	}
}
