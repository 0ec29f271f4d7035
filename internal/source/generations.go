package source

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A log that is rotated goes on to other names in its folder:
//
//	app.log  →  app.log.1  →  app.log.2.gz       numbers: the greater the older
//	app.log  →  app.log-20261124, app-20261124.log       dates: the less the older
//	app.log  →  app.log.old
//
// Names only say what may be a generation of a log. Which is older is told by
// when they were written last, which packing and moving leave as it is, and
// only of equal times by name.

// A sibling is a file in the folder of a log that may be a generation of it.
type sibling struct {
	path    string
	log     string // the path of that log
	turn    int    // which of some logs that is, of which one came after another
	suffix  string // what its name has beside the log's
	packed  bool   // by its name
	id      fileID
	size    int64
	written int64 // Unix time in nanoseconds
}

// packings are the endings of names of archives.
var packings = [...]string{".gz", ".zst", ".xz", ".bz2"}

// packedName tells whether a name is an archive's, and returns it without the
// ending that says so.
func packedName(name string) (stem string, packed bool) {
	for _, ending := range packings {
		if stem, packed = strings.CutSuffix(name, ending); packed {
			return stem, true
		}
	}
	return name, false
}

// generationOf tells whether a name may be one of a log's generations, and
// what it has beside the log's own name. Both are names in the same folder.
func generationOf(log, name string) (suffix string, ok bool) {
	stem, packed := packedName(name)
	if suffix, ok = strings.CutPrefix(stem, log); ok && (counts(suffix) || packed && suffix == "") {
		return suffix, true
	}
	ext := filepath.Ext(log)
	suffix, ok = strings.CutPrefix(stem, strings.TrimSuffix(log, ext))
	if !ok || ext == "" {
		return "", false
	}
	if suffix, ok = strings.CutSuffix(suffix, ext); !ok {
		return "", false
	}
	// app-2.log is more likely the log of a second app.
	return suffix, counts(suffix) && (suffix[0] == '.' || len(suffix) > 6)
}

// counts tells whether a part of a name is a number, a date, or the word old.
func counts(suffix string) bool {
	if suffix == ".old" || suffix == ".bak" || suffix == "~" {
		return true
	}
	return len(suffix) > 1 && strings.Contains(".-_", suffix[:1]) &&
		strings.Trim(suffix, ".-_:TZ0123456789") == "" && strings.ContainsAny(suffix, "0123456789")
}

// logsOf returns the names that a log may have of which the name is that of a
// generation.
func logsOf(name string) (logs []string) {
	stem, _ := packedName(name)
	ext := filepath.Ext(stem)
	for _, end := range [...]string{"", ext} {
		body := strings.TrimSuffix(stem, end)
		for i := range len(body) + 1 {
			log := body[:i] + end
			if _, ok := generationOf(log, name); ok && i > 0 && !slices.Contains(logs, log) {
				logs = append(logs, log)
			}
		}
	}
	return logs
}

// siblings lists what may be generations of the log of that path, and the file
// that has its name, which has no suffix; in no order. An archive that is still being packed is left out.
func siblings(path string) ([]sibling, error) {
	dir, log := filepath.Split(path)
	names, err := namesIn(dir)
	if err != nil {
		return nil, err
	}
	var all []sibling
	plain := map[string]bool{}
	for _, name := range names {
		suffix, ok := generationOf(log, name)
		if !ok && name != log {
			continue
		}
		info, err := os.Lstat(dir + name)
		if err != nil {
			return nil, errMoved
		}
		if !info.Mode().IsRegular() {
			continue
		}
		_, packed := packedName(name)
		plain[name] = !packed && name != log
		all = append(all, sibling{
			path: dir + name, log: path, suffix: suffix, packed: packed,
			id: idOf(info), size: info.Size(), written: lastWrite(info.ModTime(), packed),
		})
	}
	all = slices.DeleteFunc(all, func(s sibling) bool {
		stem, _ := packedName(filepath.Base(s.path))
		return s.packed && plain[stem]
	})
	return all, nil
}

// namesIn returns the names of what is in a folder, in no order.
func namesIn(dir string) ([]string, error) {
	folder, err := os.Open(cmp.Or(dir, "."))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return folder.Readdirnames(-1)
}

// unlisted tells whether an error of listing a folder leaves only the names
// that are known: there is none, or it may be entered but not listed.
func unlisted(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

// lastWrite is when a file was written, or may have been: some that pack
// files keep but the seconds.
func lastWrite(at time.Time, packed bool) int64 {
	if packed && at.Nanosecond() == 0 {
		at = at.Add(time.Second - 1)
	}
	return at.UnixNano()
}

// older orders siblings by age.
func older(a, b sibling) int {
	return cmp.Or(cmp.Compare(a.written, b.written), olderTurn(a, b))
}

// olderTurn orders siblings that were written at the same time.
func olderTurn(a, b sibling) int {
	return cmp.Or(cmp.Compare(a.turn, b.turn), olderName(a.suffix, b.suffix))
}

// olderName orders suffixes: none is the youngest, of short numbers the greater
// is the older, of dates and all else the less.
func olderName(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(len(b), len(a))
	}
	const short = len("-9999")
	numbers := len(a) <= short && len(b) <= short && allDigits(a[1:]) && allDigits(b[1:])
	if numbers {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(b, a))
	}
	return cmp.Compare(a, b)
}

// errMoved says that names went on while they were looked at.
var errMoved = errors.New("the files are being renamed; try again")

// stableSiblings lists the siblings of some logs as they were at one moment, or
// fails with errMoved: a folder in which names move on while it is read shows
// some twice and others not at all.
func stableSiblings(logs []string) ([]sibling, error) {
	before, err := allSiblings(logs)
	if err != nil {
		return nil, err
	}
	now, err := allSiblings(logs)
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(before, now, func(a, b sibling) bool { return a.path == b.path && a.id == b.id }) {
		return nil, errMoved
	}
	return now, nil
}

func allSiblings(logs []string) (all []sibling, err error) {
	for i, log := range logs {
		of, err := siblings(log)
		if err != nil {
			return nil, err
		}
		for j := range of {
			of[j].turn = i
		}
		all = append(all, of...)
	}
	slices.SortFunc(all, older)
	return all, nil
}
