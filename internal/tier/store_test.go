package tier

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
)

func appendLine(b []byte, n int) []byte { return logs.AppendEvent(b, event(n), "edge1") }

func openTest(t fataler, dir string, limit int64) *store {
	s, err := openStore(dir, limit, true, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type fataler interface{ Fatal(args ...any) }

// all ships all that there is, and returns the numbers.
func (s *store) all(t fataler) (numbers []uint64) {
	if err := s.sync(); err != nil {
		t.Fatal(err)
	}
	for {
		b, size, ok, err := s.batch()
		if err != nil {
			t.Fatal(err)
		} else if !ok {
			return numbers
		}
		for n := b.first; n < b.end(); n++ {
			numbers = append(numbers, n)
		}
		if err := s.ship(&b, size); err != nil {
			t.Fatal(err)
		}
	}
}

// An edge does, ships, is killed, takes snapshots and goes on from them, in
// any order: each event is shipped once, or again only if the mark of what was
// shipped was lost; what is done again after a crash is known.
func TestAStoreLosesAndDoublesNothing(t *testing.T) {
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "")
		if err != nil {
			t.Fatal(err)
		}
		s := openTest(t, dir, 1<<20)
		s.segment = 700
		shipped, done, snapshot, mark := []uint64{}, 0, 0, uint64(0)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"do", "do", "ship", "snapshot", "kill", "tear"}).Draw(t, "step") {
			case "do":
				for range rapid.IntRange(1, 8).Draw(t, "n") {
					if err := s.add(logs.ID(done+1), appendLine(nil, done), false); err != nil {
						t.Fatal(err)
					}
					done++
				}
			case "ship":
				shipped = append(shipped, s.all(t)...)
			case "snapshot":
				if mark, err = s.keep(); err != nil {
					t.Fatal(err)
				}
				if err := s.markKept(); err != nil {
					t.Fatal(err)
				}
				snapshot = done
			case "tear": // a crash in the middle of a record
				last := s.segments[len(s.segments)-1]
				s.active.WriteAt([]byte{200, 0, 0, 0, 1, 2}, last.size)
				fallthrough
			case "kill":
				s.close()
				s = openTest(t, dir, 1<<20)
				s.segment = 700
				if err := s.resume(mark); err != nil {
					t.Fatal(err)
				}
				for n := snapshot; n < done; n++ { // the engine does it again
					if err := s.add(logs.ID(n+1), appendLine(nil, n), false); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		shipped = append(shipped, s.all(t)...)
		if len(shipped) != done {
			t.Fatalf("%d events done, %v shipped", done, shipped)
		}
		for i, n := range shipped {
			if n != uint64(i+1) {
				t.Fatalf("shipped %v", shipped)
			}
		}
		if events, bytes := s.left(); events != 0 || bytes != 0 {
			t.Fatalf("%d events of %d bytes are left", events, bytes)
		}
		s.keep()
		s.markKept()
		if len(s.segments) > 1 {
			t.Fatalf("%d segments are left", len(s.segments))
		}
		s.close()
	})
}

// The mark of what was shipped is lost with the power: it is shipped again,
// under the same numbers and the same name.
func TestAMarkThatIsLost(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, 1<<20)
	epoch := s.epoch
	for n := range 10 {
		s.add(logs.ID(n+1), appendLine(nil, n), false)
	}
	s.all(t)
	s.close()
	if err := os.WriteFile(filepath.Join(dir, "shipped"), []byte("\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, dir, 1<<20)
	defer s.close()
	if got := s.all(t); len(got) != 10 || got[0] != 1 || s.epoch != epoch {
		t.Errorf("shipped %v of %s, not %s", got, s.epoch, epoch)
	}
}

func TestAStoreIsUsedByOneProcess(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, dir, 1<<20)
	defer s.close()
	if _, err := openStore(dir, 1<<20, true, nil); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("got %v", err)
	}
}

func TestDamageInTheMiddleIsToldAndPassedOver(t *testing.T) {
	dir := t.TempDir()
	d := &diary{}
	s, err := openStore(dir, 1<<20, false, d.log())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.segment = 400
	for n := range 12 {
		s.add(logs.ID(n+1), appendLine(nil, n), false)
	}
	if len(s.segments) < 3 {
		t.Fatal("too few segments")
	}
	file, err := os.OpenFile(s.segmentPath(s.segments[0].first), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	file.WriteAt([]byte("#####"), 30)
	file.Close()
	got := s.all(t)
	if first := s.segments[len(s.segments)-1].first; got[len(got)-1] != 12 || got[0] == 1 || first == 1 {
		t.Errorf("shipped %v", got)
	}
	if events, _ := s.left(); events != 0 || !strings.Contains(d.String(), "damaged") {
		t.Errorf("%d events left: %s", events, d)
	}
}

func TestWhenTheStoreIsFull(t *testing.T) {
	t.Run("events are dropped and counted", func(t *testing.T) {
		up := startUpstream(t, UpstreamOptions{URL: "nats://127.0.0.1:1", MaxBytes: 2000, Full: FullDrop})
		up.do(t, 0, 50)
		s := up.Stats()
		if s.Dropped == 0 || s.Stored+s.Dropped != 50 || s.Waiting != s.Stored || s.Bytes > 2000 {
			t.Errorf("stats %+v", s)
		}
	})
	t.Run("the hub is told how many, by the next process, too", func(t *testing.T) {
		hub, dir := startHub(t, HubOptions{}), t.TempDir()
		open := func(url string) *upper {
			return startUpstream(t, UpstreamOptions{URL: url, Dir: dir, MaxBytes: 2000, Full: FullDrop})
		}
		drops := func(from, to int) UpstreamStats {
			up := open("nats://127.0.0.1:1")
			defer up.stop()
			up.do(t, from, to)
			return up.Stats()
		}
		first, second := drops(0, 50), drops(50, 60) // for the second there is no room at all
		if second.Dropped != 10 || second.Waiting != first.Stored {
			t.Errorf("stats %+v, and then %+v", first, second)
		}
		up := open("nats://" + hub.Addr())
		up.drain(t)
		up.do(t, 60, 61)
		up.drain(t)
		stored := int(first.Stored)
		if got, _ := read(t, hub.Hub, edge1, "", stored+1); text(got) != upTo(0, stored)+" 60" {
			t.Errorf("got %s", text(got))
		}
		if s := hub.Stats(); s.Lost != first.Dropped+second.Dropped {
			t.Errorf("%d events are lost to the hub, and %d were dropped", s.Lost, first.Dropped+second.Dropped)
		}
	})
	t.Run("the engine waits for room", func(t *testing.T) {
		hub := startHub(t, HubOptions{})
		wire := newWire(t, hub.Addr(), 0)
		wire.set(true)
		waited := 0
		up := startUpstream(t, UpstreamOptions{URL: wire.url(), MaxBytes: 2000, Waits: func() {
			waited++
			wire.set(false)
		}})
		up.do(t, 0, 200)
		up.drain(t)
		if got, _ := read(t, hub.Hub, edge1, "", 200); text(got) != upTo(0, 200) {
			t.Errorf("got %s", text(got))
		}
		up.do(t, 200, 201)
		if s := up.Stats(); s.Dropped != 0 || waited == 0 {
			t.Errorf("stats %+v, and it told %d times that it waits", s, waited)
		}
		if n := strings.Count(up.diary.String(), "the engine waits"); n != 1 {
			t.Errorf("it says %d times that it waits: %s", n, up.diary)
		}
	})
	t.Run("a single event always has room", func(t *testing.T) {
		hub := startHub(t, HubOptions{})
		up := startUpstream(t, UpstreamOptions{URL: "nats://" + hub.Addr(), MaxBytes: 1})
		up.do(t, 0, 3)
		up.drain(t)
	})
	t.Run("an engine that is stopped does not wait", func(t *testing.T) {
		up := startUpstream(t, UpstreamOptions{URL: "nats://127.0.0.1:1", MaxBytes: 2000})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		for n := range 30 {
			if err := up.Do(ctx, event(n)); err != nil {
				t.Fatal(err)
			}
		}
		if s := up.Stats(); s.Stored != 30 || s.Waiting != 30 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestAnEventThatIsTooLong(t *testing.T) {
	up := startUpstream(t, UpstreamOptions{URL: "nats://127.0.0.1:1"})
	e := event(0)
	e.Fields[0].Value = logs.Text(strings.Repeat("x", maxEvent))
	if err := up.Do(t.Context(), e); err == nil {
		t.Error("it was taken")
	}
}
