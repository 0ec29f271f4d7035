package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A Watch tells followers at once that their files have changed, so that they
// need not wait until they look by themselves. One serves all the files of a
// run: it watches their folders, each once. The zero Watch is ready for use.
//
// Without it, or where the system has no watch to spare, following is only
// slower: Follow.Poll is how often a file is looked at in any case.
type Watch struct {
	Failed func(error) // told once that some folders are only polled, and why; may be nil

	open func() (*fsnotify.Watcher, error) // nil: fsnotify.NewWatcher

	mu      sync.Mutex
	files   map[string]map[chan<- struct{}]bool // whom to wake, by path
	folders map[string]int                      // how many of files are in it
	notify  *fsnotify.Watcher                   // nil unless Run runs
	failed  bool
	unwatch int
}

// rewatch is how often folders are watched anew, in case they were not there
// before or have been replaced.
const rewatch = time.Second

// Run watches until ctx is done. Its error says why there is nothing to watch
// with; Failed has been told.
func (w *Watch) Run(ctx context.Context) error {
	open := w.open
	if open == nil {
		open = fsnotify.NewWatcher
	}
	notify, err := open()
	if err != nil {
		err = fmt.Errorf("files are polled, not watched: %w; the limit fs.inotify.max_user_instances may be too low", err)
		w.fail(err)
		return err
	}
	defer w.stop(notify)
	w.mu.Lock()
	w.notify = notify
	w.mu.Unlock()
	again := time.NewTicker(rewatch)
	defer again.Stop()
	w.watchAll()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-notify.Events:
			w.wake(event.Name)
		case err := <-notify.Errors:
			w.wakeAll()
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				w.fail(err)
			}
		case <-again.C:
			w.watchAll()
		}
	}
}

// Polled is how many folders are not watched at the moment.
func (w *Watch) Polled() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.notify == nil {
		return len(w.folders)
	}
	return w.unwatch
}

func (w *Watch) stop(notify *fsnotify.Watcher) {
	w.mu.Lock()
	w.notify = nil
	w.mu.Unlock()
	notify.Close()
}

// canonical is the name by which files are watched: the system knows a folder
// by one name only.
func canonical(path string) string {
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, filepath.Base(path))
}

// add has c woken when the file changes, comes or goes. c must have room for
// one, and path be canonical.
func (w *Watch) add(path string, c chan<- struct{}) {
	dir := filepath.Dir(path)
	w.mu.Lock()
	if w.files == nil {
		w.files, w.folders = map[string]map[chan<- struct{}]bool{}, map[string]int{}
	}
	if w.files[path] == nil {
		w.files[path] = map[chan<- struct{}]bool{}
		w.folders[dir]++
	}
	w.files[path][c] = true
	first := w.folders[dir] == 1
	w.mu.Unlock()
	if first {
		w.watchAll(dir)
	}
}

// remove undoes add.
func (w *Watch) remove(path string, c chan<- struct{}) {
	dir := filepath.Dir(path)
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.files[path], c)
	if len(w.files[path]) > 0 {
		return
	}
	delete(w.files, path)
	if w.folders[dir]--; w.folders[dir] > 0 {
		return
	}
	delete(w.folders, dir)
	if w.notify != nil {
		w.notify.Remove(dir)
	}
}

// watchAll watches the folders given, or all if none is.
func (w *Watch) watchAll(dirs ...string) {
	w.mu.Lock()
	var failed error
	if dirs == nil {
		w.unwatch = 0
		for dir := range w.folders {
			dirs = append(dirs, dir)
		}
	}
	for _, dir := range dirs {
		if w.notify == nil {
			break
		}
		if err := w.notify.Add(dir); err != nil {
			w.unwatch++
			if !errors.Is(err, fs.ErrNotExist) {
				failed = fmt.Errorf("%s is polled, not watched: %w; the limit fs.inotify.max_user_watches may be too low", dir, err)
			}
		}
	}
	w.mu.Unlock()
	if failed != nil {
		w.fail(failed)
	}
}

func (w *Watch) fail(err error) {
	w.mu.Lock()
	told := w.failed
	w.failed = true
	w.mu.Unlock()
	if !told && w.Failed != nil {
		w.Failed(err)
	}
}

func (w *Watch) wake(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	wakeEach(w.files[filepath.Clean(path)])
}

func (w *Watch) wakeAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, whom := range w.files {
		wakeEach(whom)
	}
}

// wakeEach wakes those that are not about to look anyway.
func wakeEach(whom map[chan<- struct{}]bool) {
	for c := range whom {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
