package main

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The manual is a book that one can type along with. A page has a folder: what
// lies beside the page, and the files that the page shows. Its commands are
// run there one after another, by a shell, and print what stands below them:
//
//	`first.rdl`:                  a file that the page shows: its name,
//	                              an empty line, and a block of code
//
//	```console
//	$ logs run -r first.rdl auth.log
//	what that prints on standard output
//	```

var (
	shownFile    = regexp.MustCompile("(?ms)^`([\\w./-]+)`:\n\n```\\w+\n(.*?)^```$")
	shownCommand = regexp.MustCompile(`(?m)^\$ (.*)\n((?:[^$\n].*\n|\n)*)`)
)

// shownFiles are the files that a page shows.
func shownFiles(t *testing.T, page string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, file := range shownFile.FindAllStringSubmatch(readPage(t, page), -1) {
		files[file[1]] = file[2]
	}
	return files
}

func readPage(t *testing.T, page string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func TestCommandsInBook(t *testing.T) {
	ran := 0
	for _, page := range documents(t) {
		if page == "README.md" || page == "docs/learn.md" {
			continue // their commands are typed elsewhere: TestCommandsInDocuments
		}
		var folder string
		for _, b := range readBlocks(t, page) {
			if b.language != "console" {
				continue
			}
			if folder == "" {
				folder = pageFolder(t, page)
			}
			for _, c := range shownCommand.FindAllStringSubmatch(b.text, -1) {
				ran++
				if got := typed(t, folder, c[1]); got != c[2] {
					t.Errorf("%s:%d: %s prints\n%s\nnot\n%s", page, b.line, c[1], got, c[2])
				}
			}
		}
	}
	if ran < 40 {
		t.Errorf("only %d commands were found", ran)
	}
}

// pageFolder makes the folder in which the commands of a page are typed.
func pageFolder(t *testing.T, page string) string {
	t.Helper()
	files := shownFiles(t, page)
	beside := os.DirFS(filepath.Join("../..", path.Dir(page)))
	names, err := fs.Glob(beside, "*.log")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(beside, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	folder := t.TempDir()
	for name, text := range files {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// typed is what a command prints. It may end with 1: rules that are wrong,
// tests that fail and versions that differ are shown, too.
func typed(t *testing.T, folder, command string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "TZ=UTC", "GORACE=atexit_sleep_ms=0")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		t.Errorf("%s: %v\n%s", command, err, &said)
	}
	return string(out)
}

var (
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	anyFence  = regexp.MustCompile("(?ms)^```.*?^```$")
	heading   = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInSlug = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// Links lead to files that are there, and to headings of them.
func TestLinksInDocuments(t *testing.T) {
	for _, page := range append(documents(t), "docs/lint.md", "CONTRIBUTING.md") {
		text := anyFence.ReplaceAllString(readPage(t, page), "")
		for _, l := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(l[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(l[1], "#")
			target := page
			if file != "" {
				target = path.Join(path.Dir(page), file)
			}
			if _, err := os.Stat(filepath.Join("../..", target)); err != nil {
				t.Errorf("%s leads to %s: %v", page, l[1], err)
			} else if anchor != "" && !slices.Contains(anchors(t, target), anchor) {
				t.Errorf("%s leads to %s, and there is no such heading", page, l[1])
			}
		}
	}
}

// anchors are what leads to the headings of a page.
func anchors(t *testing.T, page string) []string {
	t.Helper()
	var all []string
	for _, h := range heading.FindAllStringSubmatch(anyFence.ReplaceAllString(readPage(t, page), ""), -1) {
		all = append(all, strings.ReplaceAll(notInSlug.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-"))
	}
	return all
}

// The cover leads to every page but the single decisions.
func TestCoverOfBook(t *testing.T) {
	leads := map[string]bool{}
	for _, l := range link.FindAllStringSubmatch(readPage(t, "docs/README.md"), -1) {
		leads[path.Join("docs", l[1])] = true
	}
	for _, page := range append(documents(t), "docs/lint.md") {
		inside := strings.HasPrefix(page, "docs/") && path.Dir(page) != "docs/decisions"
		if inside && page != "docs/README.md" && !leads[page] {
			t.Errorf("docs/README.md does not lead to %s, only to %v", page, slices.Sorted(maps.Keys(leads)))
		}
	}
}
