package lsp

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/logs-rdl/logs/rdl"
)

// A document is a file that is open in the editor.
type document struct {
	uri  string // as the editor spells it
	name string // as the loader does
	text *text
}

// Bounds of what is open.
const (
	maxDocuments = 1000
	maxText      = 8 << 20 // bytes of a document
)

// files are the documents that are open, before the disk.
type files struct {
	loader *rdl.Loader
	open   map[string]*document // by name
}

// read returns what the editor shows of a file, or what is on the disk.
func (f *files) read(name string) ([]byte, error) {
	if d := f.open[name]; d != nil {
		return []byte(d.text.src), nil
	}
	return f.loader.Read(name)
}

// glob is that of the loader, and knows documents that were never saved.
func (f *files) glob(pattern string) ([]string, error) {
	names, err := f.loader.Glob(pattern)
	for name := range f.open {
		if ok, _ := path.Match(pattern, name); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, err
}

// uri returns how the editor calls a file.
func (f *files) uri(name string) string {
	if d := f.open[name]; d != nil {
		return d.uri
	}
	if !strings.HasPrefix(name, "/") {
		if !isDrive(name) {
			return name // of a document that has no file
		}
		name = "/" + name
	}
	return (&url.URL{Scheme: "file", Path: name}).String()
}

// nameOf returns the name of the file of a URI; of a document without a file,
// the URI itself.
func nameOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" {
		return uri
	}
	if name := strings.TrimPrefix(u.Path, "/"); isDrive(name) {
		return strings.ToLower(name[:1]) + name[1:]
	}
	return path.Clean(u.Path)
}

// isDrive tells whether a name begins with the letter of a drive.
func isDrive(name string) bool {
	return len(name) >= 2 && name[1] == ':' && ('a' <= name[0]|0x20 && name[0]|0x20 <= 'z')
}

// beside makes a name that a file mentions whole: it starts at that file.
func beside(file, name string) string {
	if path.IsAbs(name) || isDrive(name) {
		return path.Clean(name)
	}
	return path.Join(path.Dir(file), name)
}
