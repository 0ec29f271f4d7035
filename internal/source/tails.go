package source

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Tails are the logs to follow by name and pattern, such as
// "/var/log/messages" and "/srv/*/app*.log". Files that appear later are
// followed from their start on.
//
//	tails := source.Tails{Patterns: []string{"/var/log/*.log"}}
//	for range everySecond {
//		found, err := tails.Find()
//		for _, f := range found {
//			follow(f)
//		}
//	}
//
// A file is read under one name. Those that are generations of a log that is
// followed, by their names, are left to its follower, and so is a file that was
// followed under another name before. Generations that are there at the first
// look are logs of their own, which are read to their end, unless their log was
// read before or is followed from its end. Archives that match a pattern are
// over, and are left out.
type Tails struct {
	Patterns []string
	Follow   Follow                 // how; without a path
	WasRead  func(path string) bool // whether there is a mark of that log from before; nil: of none
	Max      int                    // how many files to follow at most; 0 means 10,000

	later    bool // not the first look
	followed map[string]bool
	known    map[fileID][]byte // the files that are followed, and their heads
	left     int
}

// Left is how many files that should be followed are not, for there are too
// many, as of the last look.
func (t *Tails) Left() int { return t.left }

// Drop says that a log's follower has ended: if there is a file of that name
// again, it is found again.
func (t *Tails) Drop(path string) { delete(t.followed, path) }

// Find returns what is to be followed and was not found before. The error is
// of a pattern.
func (t *Tails) Find() ([]Follow, error) {
	names, err := t.names()
	if err != nil {
		return nil, err
	}
	if t.followed == nil {
		t.followed = map[string]bool{}
	}
	known := t.look()
	all := maps.Clone(t.followed)
	for _, n := range names {
		all[n.path] = true
	}
	t.left = 0
	var found []Follow
	for _, n := range names {
		if t.followed[n.path] {
			continue
		}
		f, ok := t.judge(n, all, known)
		switch {
		case !ok:
		case len(t.followed) >= cmp.Or(t.Max, 10_000):
			t.left++
		default:
			t.followed[n.path] = true
			note(known, n.path, nil)
			found = append(found, f)
		}
	}
	t.known, t.later = known, true
	return found, nil
}

// A named is a name, and whether it was given itself or matched.
type named struct {
	path  string
	given bool
}

// names are all names that are given or match, each once.
func (t *Tails) names() ([]named, error) {
	var names []named
	seen := map[string]int{} // where in names
	for _, pattern := range t.Patterns {
		found, given := []string{pattern}, true
		if isPattern(pattern) {
			var err error
			if found, err = matches(pattern); err != nil {
				return nil, err
			}
			given = false
		}
		for _, path := range found {
			at, again := seen[path]
			if !again {
				at = len(names)
				seen[path], names = at, append(names, named{path: path})
			}
			names[at].given = names[at].given || given
		}
	}
	return names, nil
}

// judge tells whether a name that is not followed yet is to be, and how.
func (t *Tails) judge(n named, all map[string]bool, known map[fileID][]byte) (Follow, bool) {
	f := t.Follow
	f.Path, f.FromEnd = n.path, f.FromEnd && !t.later
	_, packed := packedName(n.path)
	if n.given {
		f.Once = packed && Exists(n.path)
		return f, true
	}
	info, err := os.Stat(n.path)
	if err != nil || packed || !info.Mode().IsRegular() {
		return f, false
	}
	if log := logIn(all, n.path); log != "" {
		f.Once = true
		return f, !t.later && !t.Follow.FromEnd && (t.wasRead(n.path) || !t.wasRead(log))
	}
	id := idOf(info)
	if head, ok := t.known[id]; ok && t.same(n.path, head) {
		known[id] = head
		return f, false
	}
	return f, true
}

func (t *Tails) wasRead(path string) bool { return t.WasRead != nil && t.WasRead(path) }

// logIn returns the log among names of which a path is a generation.
func logIn(names map[string]bool, path string) string {
	dir, name := filepath.Split(path)
	logs := logsOf(name)
	i := slices.IndexFunc(logs, func(log string) bool { return names[dir+log] })
	if i < 0 {
		return ""
	}
	return dir + logs[i]
}

// look notes which files have the names that are followed.
func (t *Tails) look() map[fileID][]byte {
	known := map[fileID][]byte{}
	for path := range t.followed {
		note(known, path, t.known)
	}
	return known
}

// note notes the file that has a name, and as much of its head as there is.
func note(known map[fileID][]byte, path string, before map[fileID][]byte) {
	info, err := os.Stat(path)
	if err != nil {
		return
	}
	id := idOf(info)
	head, ok := before[id]
	if !ok || int64(len(head)) < min(info.Size(), headSize) {
		head = headOf(path)
	}
	known[id] = head
}

// same tells whether a file starts with a head.
func (t *Tails) same(path string, head []byte) bool {
	now := headOf(path)
	return len(now) >= len(head) && sameStart(now, head)
}

// headOf returns the first bytes of a file; none if it cannot be read.
func headOf(path string) []byte {
	file, _, err := openRegular(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	return rawHead(file)
}
