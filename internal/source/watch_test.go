package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/goleak"
)

// watching runs a watch for as long as the test.
func watching(t testing.TB) *Watch {
	t.Helper()
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(context.Background())
	w := &Watch{Failed: func(err error) { t.Error(err) }}
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	for !w.running() {
		runtime.Gosched()
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t, before)
	})
	return w
}

func (w *Watch) running() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.notify != nil
}

// TestWatch: what is written is there at once, though nobody polls.
func TestWatch(t *testing.T) {
	w := watching(t)
	f := newFolder(t)
	f.ok(os.Mkdir(f.path("logs"), 0o700))
	f.ok(os.Mkdir(f.path("data"), 0o700))
	f.ok(os.Symlink("../data/app.log", f.path("logs/app.log")))
	f.ok(os.Symlink("logs", f.path("alias")))
	f.write("data/app.log", "")
	direct := f.follow(Follow{Path: f.path("logs/app.log"), Poll: time.Hour, Watch: w}, "")
	other := f.follow(Follow{Path: f.path("alias/app.log"), Poll: time.Hour, Watch: w}, "")
	for _, r := range []*Following{direct, other} {
		f.want(r, "")
	}
	for i := range 20 {
		text := fmt.Sprintf("line %d\n", i)
		f.write("data/app.log", text)
		f.next(direct, text)
		f.next(other, text)
	}
	f.rename("data/app.log", "data/app.log.1")
	f.write("data/app.log", "rotated\n")
	f.next(direct, "rotated\n")
	f.ok(direct.Close())
	f.write("data/app.log", "one is left\n")
	f.next(other, "rotated\n"+"one is left\n")
	f.ok(other.Close())
	if len(w.files)+len(w.folders) > 0 {
		t.Errorf("still watched: %v %v", w.files, w.folders)
	}
}

// TestWatchAgain: a folder that was not there, or has been replaced, is watched
// once it is there.
func TestWatchAgain(t *testing.T) {
	w := watching(t)
	f := newFolder(t)
	r := f.follow(Follow{Path: f.path("logs/app.log"), Poll: time.Hour, Watch: w}, "")
	f.ok(os.Mkdir(f.path("logs"), 0o700))
	f.write("logs/other.log", "")
	w.watchAll()
	f.write("logs/app.log", "one\n")
	f.next(r, "one\n")
	f.rename("logs", "old")
	f.ok(os.Mkdir(f.path("logs"), 0o700))
	w.watchAll()
	f.write("logs/app.log", "two\n")
	f.next(r, "two\n")
}

// TestNoWatch: where the system has no watch to spare, that is told once, and
// polling does.
func TestNoWatch(t *testing.T) {
	var told []error
	w := &Watch{
		Failed: func(err error) { told = append(told, err) },
		open:   func() (*fsnotify.Watcher, error) { return nil, syscall.EMFILE },
	}
	for range 2 {
		if err := w.Run(t.Context()); !errors.Is(err, syscall.EMFILE) {
			t.Error(err)
		}
	}
	if len(told) != 1 || !errors.Is(told[0], syscall.EMFILE) || !strings.Contains(told[0].Error(), "max_user_instances") {
		t.Errorf("told %v", told)
	}
	f := newFolder(t)
	r := f.follow(Follow{Poll: time.Millisecond, Watch: w}, "")
	if w.Polled() != 1 {
		t.Errorf("%d folders are polled", w.Polled())
	}
	f.write("app.log", "one\n")
	f.next(r, "one\n")
}

// BenchmarkLatency is the time from a write to the return of a Next that waits,
// and back.
func BenchmarkLatency(b *testing.B) {
	f := newFolder(b)
	f.write("app.log", "")
	r := f.follow(Follow{Poll: time.Hour, Watch: watching(b)}, "")
	came := make(chan bool)
	go func() {
		defer close(came)
		for {
			block, err := r.Next()
			if err != nil {
				return
			}
			block.Release()
			came <- true
		}
	}()
	out, err := os.OpenFile(f.path("app.log"), os.O_APPEND|os.O_WRONLY, 0)
	f.ok(err)
	defer out.Close()
	for b.Loop() {
		out.WriteString("a line\n")
		<-came
	}
	f.ok(r.Close())
	<-came
}
