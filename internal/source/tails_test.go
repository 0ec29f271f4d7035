package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// foundBy returns the names that are found, with what is special of each.
func foundBy(f folder, tails *Tails) string {
	f.t.Helper()
	list, err := tails.Find()
	f.ok(err)
	var names []string
	for _, as := range list {
		name, err := filepath.Rel(f.dir, as.Path)
		f.ok(err)
		if as.Once {
			name += " once"
		}
		if as.FromEnd {
			name += " from its end"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

func TestTails(t *testing.T) {
	for name, c := range map[string]struct {
		tails Tails
		there string // files at the first look
		first string
		then  func(folder)
		later string
	}{
		"logs that come later": {
			Tails{Patterns: []string{"*.log"}, Follow: Follow{FromEnd: true}}, "a.log b.log x.txt", "a.log from its end, b.log from its end",
			func(f folder) { f.write("c.log", "c\n") }, "c.log",
		},
		"a log that is named is waited for": {
			Tails{Patterns: []string{"a.log", "*.log"}}, "b.log", "a.log, b.log",
			func(f folder) { f.write("a.log", "a\n") }, "",
		},
		"generations at first": {
			Tails{Patterns: []string{"mess*"}}, "messages messages.1 messages.2.gz", "messages, messages.1 once",
			func(f folder) { f.rename("messages.1", "messages.2"); f.rename("messages", "messages.1") }, "",
		},
		"generations that were read before": {
			Tails{Patterns: []string{"mess*"}, WasRead: func(path string) bool { return filepath.Base(path) == "messages" }},
			"messages messages.1", "messages", func(f folder) { f.write("messages", "again\n") }, "",
		},
		"generations need not be read from the end": {
			Tails{Patterns: []string{"mess*"}, Follow: Follow{FromEnd: true}},
			"messages messages.1", "messages from its end", func(f folder) {}, "",
		},
		"generations later": {
			Tails{Patterns: []string{"mess*"}}, "messages", "messages",
			func(f folder) { f.rename("messages", "messages-20261124"); f.write("messages-1.gz", "") }, "",
		},
		"a file under a new name": {
			Tails{Patterns: []string{"mess*"}}, "messages", "messages",
			func(f folder) { f.rename("messages", "messages.save"); f.write("messages.new", "new\n") }, "messages.new",
		},
		"logs by date": {
			Tails{Patterns: []string{"app-*.log"}}, "app-20261123.log", "app-20261123.log",
			func(f folder) { f.write("app-20261124.log", "a\n") }, "app-20261124.log",
		},
		"archives": {
			Tails{Patterns: []string{"*", "a.gz"}}, "a.gz b.zst c", "a.gz once, c",
			func(f folder) { f.write("d.xz", "") }, "",
		},
		"folders and hidden files": {
			Tails{Patterns: []string{"*", ".h*"}}, "a/b .hidden", ".hidden",
			func(f folder) {}, "",
		},
		"two patterns": {
			Tails{Patterns: []string{"a*", "*.log"}}, "a.log b.log", "a.log, b.log",
			func(f folder) {}, "",
		},
		"too many": {
			Tails{Patterns: []string{"*.log"}, Max: 2}, "a.log b.log c.log", "a.log, b.log",
			func(f folder) {}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			for _, name := range strings.Fields(c.there) {
				f.ok(os.MkdirAll(filepath.Dir(f.path(name)), 0o700))
				f.write(name, "the first line of "+name+"\n")
			}
			for i, pattern := range c.tails.Patterns {
				c.tails.Patterns[i] = f.path(pattern)
			}
			if got := foundBy(f, &c.tails); got != c.first {
				t.Errorf("at first: %s; want %s", got, c.first)
			}
			c.then(f)
			for _, want := range []string{c.later, ""} {
				if got := foundBy(f, &c.tails); got != want {
					t.Errorf("later: %s; want %s", got, want)
				}
			}
			if want := map[bool]int{name == "too many": 1}[true]; c.tails.Left() != want {
				t.Errorf("%d are left out, want %d", c.tails.Left(), want)
			}
		})
	}
}

func TestTailsAgain(t *testing.T) {
	f := newFolder(t)
	f.write("a.log", "a\n")
	tails := &Tails{Patterns: []string{f.path("*.log")}}
	for _, want := range []string{"a.log", ""} {
		if got := foundBy(f, tails); got != want {
			t.Errorf("%s; want %s", got, want)
		}
	}
	f.remove("a.log")
	tails.Drop(f.path("a.log"))
	f.write("a.log", "new\n")
	if got := foundBy(f, tails); got != "a.log" {
		t.Errorf("after its follower ended: %s", got)
	}
	if _, err := (&Tails{Patterns: []string{"a["}}).Find(); err == nil || !strings.Contains(err.Error(), "a [ wants its ]") {
		t.Error(err)
	}
}

// TestInodesAreUsedAgain: a new log is not taken for one that was followed and
// removed.
func TestInodesAreUsedAgain(t *testing.T) {
	f := newFolder(t)
	tails := &Tails{Patterns: []string{f.path("*.log")}}
	for _, name := range []string{"a.log", "b.log", "c.log", "d.log"} {
		f.write(name, "of "+name+"\n")
		if got := foundBy(f, tails); got != name {
			t.Errorf("%q, want %s", got, name)
		}
		f.remove(name)
	}
}
