package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// soakFor is how long TestSoak sends lines.
var soakFor = flag.Duration("soak", 3*time.Second, "how long TestSoak sends lines")

const (
	soakEvery   = 40 * time.Millisecond // between two lines of one source
	soakMemory  = 512 << 20             // bytes that the program may take at any time
	soakSlack   = 48 << 20              // bytes that it may grow in the second half
	soakDrained = 60 * time.Second      // after the last line was sent, by when all is told
)

// soakRules tell every line to the sinks that are fast, and every tenth to
// those that are not.
const soakRules = `
source "renamed.log" { follow }
source "copied.log" { follow }
source "fifo" { follow }
source exec "emit" "exec.fed" "$RUN" { restart after 50ms }
source journald
source stdin
source syslog { udp "$UDP"; tcp "$TCP"; tls "$TLS" cert "cert.pem" key "key.pem"; unix "devlog" }

sink sheet { file "sheet.txt" }
sink feed { exec "sh" "-c" "cat > feed.fifo" }
sink hook { webhook "http://$HOOK/in"; retry for 1h }
sink mail { mail from "logs@example.org" via "smtp://$MAIL" }
sink loghost { syslog "tcp://$LOGHOST"; queue 100 }

rule every {
  matching "soak (\w+) (\d+)$"
  binding (from n)
  continuing
  doing {
    print "{from} {n} $PAD"
    alert low "{from} {n}"
    write "{from} {n}" to "written.txt"
    send "{from} {n}" to sheet
    send "{from} {n}" to loghost
  }
}
rule tenth {
  matching "soak (\w+) (\d*0)$"
  binding (from n)
  doing {
    exec "sh" "-c" "echo \"$1\" > exec.fifo" "sh" "{from} {n}"
    pipe "{from} {n}" to "sh" "-c" "cat > pipe.fifo"
    send "{from} {n}" to feed
    send "{from} {n}" to hook
    mail "{from} {n}" to "{from}.{n}@example.org"
  }
}
`

// A soak is the program with a source and a sink of every kind, and all that
// is around it.
type soak struct {
	t             *testing.T
	dir           string
	udp, tcp, tls string
	trust         *x509.CertPool
	rules, run    string
	tallies       map[string]*tally // by sink
	servers       map[string]*server
	pause         chan time.Duration // lets the reader of standard output wait

	program *exec.Cmd
	said    *said
	http    string
	sent    map[string]int // lines, by source
	rss     []uint64       // as time goes
}

// Every line of every source comes to every sink once, whatever goes wrong
// meanwhile: a full disk, receivers that are slow, away or refuse, rotation of
// what is read and of what is written, programs that end, rules that are loaded
// anew, well and badly. What a receiver refused is in the dead letters, and
// only what it took without an answer comes twice, under the same id.
func TestSoak(t *testing.T) {
	s := newSoak(t)
	in, toStdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer toStdin.Close()
	s.servers["hook"].up(s.t)
	s.servers["mail"].up(s.t)
	s.start(in)

	stop, over := make(chan struct{}), make(chan struct{})
	senders := s.senders(toStdin)
	go func() {
		defer close(over)
		all(t, senders, soakEvery, stop)
	}()
	go s.watch(over)
	s.faults()
	close(stop)
	<-over
	for _, from := range senders {
		s.sent[from.name] = from.sent
	}
	s.drained()
	metrics := s.settled()
	s.end()
	s.writeRules(s.rules)
	s.start(in) // on from the state, with nothing to do
	s.settled()
	s.end()
	s.check(metrics)
}

func newSoak(t *testing.T) *soak {
	s := &soak{
		t: t, dir: t.TempDir(), udp: freePort(t, "udp"), tcp: freePort(t, "tcp"), tls: freePort(t, "tcp"),
		tallies: map[string]*tally{}, servers: map[string]*server{}, pause: make(chan time.Duration, 1), sent: map[string]int{},
	}
	for _, name := range []string{"out", "alerts", "written", "sheet", "loghost", "exec", "pipe", "feed", "hook", "mail"} {
		s.tallies[name] = newTally()
	}
	s.trust = certify(t, filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem"))
	for name, serve := range map[string]func(*tally) func(net.Conn){"hook": (*tally).hook, "mail": (*tally).smtp, "loghost": (*tally).loghost} {
		s.servers[name] = &server{addr: freePort(t, "tcp"), serve: serve(s.tallies[name])}
		t.Cleanup(s.servers[name].down)
	}
	for _, name := range []string{"fifo", "exec.fifo", "pipe.fifo", "feed.fifo"} {
		if err := syscall.Mkfifo(filepath.Join(s.dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.run = strconv.Itoa(int(*soakFor/soakEvery)/3 + 1)
	s.rules = strings.NewReplacer("$UDP", s.udp, "$TCP", s.tcp, "$TLS", s.tls, "$RUN", s.run, "$PAD", strings.Repeat(".", 400),
		"$HOOK", s.servers["hook"].addr, "$MAIL", s.servers["mail"].addr, "$LOGHOST", s.servers["loghost"].addr).Replace(soakRules)
	t.Setenv("SOAK_JOURNAL", filepath.Join(s.dir, "journald.fed"))
	t.Setenv("SOAK_JOURNAL_LINES", s.run)
	s.writeRules(s.rules)
	s.readFifos()
	return s
}

func (s *soak) writeRules(rules string) {
	if err := os.WriteFile(filepath.Join(s.dir, "rules.rdl"), []byte(rules), 0o600); err != nil {
		s.t.Error(err)
	}
}

// start starts the program.
func (s *soak) start(in *os.File) {
	s.program = exec.Command("logs", "run", "-r", "rules.rdl", "--state", "state", "--http", "127.0.0.1:0", "--alerts", "json", "--timezone", "UTC")
	s.program.Dir, s.program.Stdin, s.said = s.dir, in, &said{}
	s.program.Stderr = s.said
	out, err := s.program.StdoutPipe()
	if err == nil {
		err = s.program.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { s.program.Process.Kill() })
	go s.tallies["out"].readLines(out, s.tallies["alerts"], s.pause)
	s.http = s.await(`serving what there is to see" address=(\S+)`)
}

// readFifos counts what the programs write that the rules start.
func (s *soak) readFifos() {
	for _, name := range []string{"exec", "pipe", "feed"} {
		fifo, err := os.OpenFile(filepath.Join(s.dir, name+".fifo"), os.O_RDWR, 0)
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() { fifo.Close() })
		go s.tallies[name].readLines(fifo, s.tallies[name], nil)
	}
}

// await waits until the program has said something, and returns its first
// group.
func (s *soak) await(pattern string) string {
	s.t.Helper()
	return s.said.await(s.t, pattern)
}

// faults lets happen what must do no harm.
func (s *soak) faults() {
	at := s.timetable()
	at(0.10, func() { s.servers["loghost"].up(s.t) }) // it was away from the start
	at(0.15, func() {
		s.fileLimit(0) // nothing can be written any more
		s.await("a file could not be written, which is tried again")
		s.await("the spool cannot be written, the source waits")
		s.await("the journal cannot be written, which is tried again")
	})
	at(0.35, func() {
		s.fileLimit(math.MaxUint64)
		s.await("the spool can be written again")
	})
	at(0.40, func() {
		s.writeRules(s.rules + "rule more { matching \"nothing of it\" }\n")
		s.signal(syscall.SIGHUP)
		s.await("msg=\"the rules were loaded anew\"")
	})
	at(0.45, func() { s.servers["hook"].down() })
	at(0.55, func() { s.servers["hook"].up(s.t) })
	at(0.60, func() {
		s.writeRules("rule {")
		s.signal(syscall.SIGHUP)
		s.await("the rules were not loaded anew, the old go on")
	})
	at(0.65, func() { s.rename("written.txt") })
	at(0.70, func() { s.pause <- *soakFor / 10 })
	at(0.75, func() { s.servers["mail"].down() })
	at(0.80, func() { s.servers["mail"].up(s.t) })
	at(0.85, func() { s.rename("sheet.txt") })
	at(1, func() {})
}

// timetable returns what does something when a part of the time has passed.
func (s *soak) timetable() func(part float64, do func()) {
	began := time.Now()
	return func(part float64, do func()) {
		<-time.After(time.Until(began.Add(time.Duration(part * float64(*soakFor)))))
		do()
	}
}

func (s *soak) signal(sig os.Signal) {
	if err := s.program.Process.Signal(sig); err != nil {
		s.t.Error(err)
	}
}

func (s *soak) rename(name string) {
	if err := os.Rename(filepath.Join(s.dir, name), filepath.Join(s.dir, name+".1")); err != nil {
		s.t.Error(err)
	}
}

// fileLimit limits how long a file of the program may become. With a limit of
// 0 all happens as on a disk that is full.
func (s *soak) fileLimit(bytes uint64) {
	limit := syscall.Rlimit{Cur: bytes, Max: math.MaxUint64}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(s.program.Process.Pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		s.t.Errorf("the limit of files: %v", errno)
	}
}

// watch notes how much memory the program takes, until over is closed.
func (s *soak) watch(over <-chan struct{}) {
	tick := time.NewTicker(*soakFor / 200)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.rss = append(s.rss, s.resident())
		case <-over:
			return
		}
	}
}

// resident is how many bytes of memory the program takes.
func (s *soak) resident() uint64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.program.Process.Pid))
	fields := strings.Fields(string(data))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseUint(fields[1], 10, 64)
	return pages * uint64(os.Getpagesize())
}

// tenths is how many of the lines of a source the slow sinks are told.
func tenths(sent int) int { return (sent + 9) / 10 }

// drained waits until every sink has been told, or has given up, every line.
func (s *soak) drained() {
	all, some := 0, 0
	for name, n := range s.sent {
		all += n
		some += tenths(n)
		s.t.Logf("%s: %d lines sent", name, n)
	}
	told := func() bool {
		s.readFiles()
		dead := s.dead()
		for _, name := range slices.Sorted(maps.Keys(s.tallies)) {
			want := all
			if slices.Contains(slowSinks, name) {
				want = some
			}
			if s.tallies[name].lines()+len(dead[name]) < want-s.lost() {
				return false
			}
		}
		return true
	}
	if !eventually(soakDrained, told) {
		s.t.Error("not all lines were told in time")
	}
}

var slowSinks = []string{"exec", "pipe", "feed", "hook", "mail"}

// lost is how many datagrams of UDP were dropped, as far as the program knows.
func (s *soak) lost() int {
	return int(s.metric(s.metrics(), `logs_source_dropped_total{source="syslog"}`))
}

// readFiles counts the lines of the files that the rules write.
func (s *soak) readFiles() {
	for _, name := range []string{"written", "sheet"} {
		c := s.tallies[name]
		c.mu.Lock()
		clear(c.told)
		c.mu.Unlock()
		for _, file := range []string{name + ".txt.1", name + ".txt"} {
			data, _ := os.ReadFile(filepath.Join(s.dir, file))
			c.readLines(bytes.NewReader(data), nil, nil)
		}
	}
}

// dead returns the lines among the dead letters, by sink.
func (s *soak) dead() map[string][]string {
	dead := map[string][]string{}
	data, _ := os.ReadFile(filepath.Join(s.dir, "state", "dead.jsonl"))
	for line := range strings.Lines(string(data)) {
		var letter struct {
			Sink   string
			Effect struct{ Text, Target string }
		}
		if err := json.Unmarshal([]byte(line), &letter); err != nil {
			s.t.Errorf("a dead letter is %q: %v", line, err)
		}
		text := letter.Effect.Text
		if letter.Sink == "mail" {
			name, _, _ := strings.Cut(letter.Effect.Target, "@")
			text = strings.ReplaceAll(name, ".", " ")
		}
		dead[letter.Sink] = append(dead[letter.Sink], text)
	}
	return dead
}

// settled returns what /metrics tells when no sink has anything to do any more.
func (s *soak) settled() (metrics string) {
	now := float64(time.Now().Unix() + 1)
	quiet := func() bool {
		metrics = s.metrics()
		waiting := 0.0
		for _, sink := range []string{"hook", "mail", "loghost"} {
			waiting += s.metric(metrics, `logs_sink_waiting{sink="`+sink+`"}`)
		}
		return waiting == 0 && s.metric(metrics, "logs_turn_timestamp_seconds") > now
	}
	if !eventually(soakDrained, quiet) {
		s.t.Error("the sinks still have something to do")
	}
	return metrics
}

// metrics returns what /metrics tells.
func (s *soak) metrics() string {
	response, err := http.Get("http://" + s.http + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// metric returns a figure; 0 if it is not told.
func (s *soak) metric(text, name string) float64 {
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	n, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		s.t.Error(err)
	}
	return n
}

// end ends the program as a service manager does.
func (s *soak) end() {
	began := time.Now()
	s.signal(syscall.SIGTERM)
	if err := s.program.Wait(); err != nil {
		s.t.Errorf("it ended with %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		s.t.Errorf("it took %s to end", took)
	}
	if s.t.Failed() {
		s.t.Logf("it said\n%s", s.said.text())
	}
}

// A said is what a program writes to its standard error.
type said struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(p)
}

func (s *said) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// await waits until something was said, and returns its first group, or all of
// it.
func (s *said) await(t *testing.T, pattern string) string {
	t.Helper()
	var found []string
	re := regexp.MustCompile(pattern)
	if !eventually(20*time.Second, func() bool { found = re.FindStringSubmatch(s.text()); return found != nil }) {
		t.Fatalf("it did not say %q, but\n%s", pattern, s.text())
	}
	return found[len(found)-1]
}

// eventually tells whether something is so within a time.
func eventually(d time.Duration, so func() bool) bool {
	for end := time.Now().Add(d); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}
