package lint

import (
	"path"
	"slices"

	"github.com/logs-rdl/logs/rdl"
)

// Rules are rule files that load without errors.
type Rules struct {
	Program *rdl.Program
	Files   []*rdl.File // in the order in which they were read

	decls   []placed // of all files, in the order of the program
	modules map[string]rdl.Functions
}

// A placed is a declaration, or another node, and the file that it stands in.
type placed struct {
	file *rdl.File
	rdl.Node
}

// Load loads rule files, and all that they include, and keeps their trees.
// The error is that of the loader.
func Load(l *rdl.Loader, names ...string) (*Rules, error) {
	w := &watcher{Loader: l, modules: map[string]rdl.Functions{}}
	program, err := w.loader().Load(names...)
	if err != nil {
		return nil, err
	}
	rules := &Rules{Program: program, modules: w.modules}
	files := map[string]*rdl.File{}
	for _, r := range w.reads {
		if w.modules[r.name] == nil && files[r.name] == nil {
			files[r.name], _ = rdl.Parse(r.name, r.src)
			rules.Files = append(rules.Files, files[r.name])
		}
	}
	for _, name := range names {
		rules.place(name, files, w)
	}
	return rules, nil
}

// place adds the declarations of a file, those that it includes in their
// place. A file counts once, where it is met first, as it does for the loader.
func (r *Rules) place(name string, files map[string]*rdl.File, w *watcher) {
	file := files[name]
	if file == nil || slices.Contains(w.placed, name) {
		return
	}
	w.placed = append(w.placed, name)
	for _, d := range file.Decls {
		r.decls = append(r.decls, placed{file, d})
		if _, ok := d.(*rdl.Include); ok {
			for _, included := range w.nextGlob() {
				r.place(path.Clean(included), files, w)
			}
		}
	}
}

// A watcher stands between a loader and the world, and notes what is read.
type watcher struct {
	*rdl.Loader
	reads   []read
	globs   [][]string // what each include found, in the order of the program
	modules map[string]rdl.Functions
	placed  []string
}

type read struct{ name, src string }

func (w *watcher) loader() *rdl.Loader {
	l := *w.Loader
	l.Read = func(name string) ([]byte, error) {
		src, err := w.Loader.Read(name)
		if err == nil {
			w.reads = append(w.reads, read{name, string(src)})
		}
		return src, err
	}
	if l.Glob != nil {
		l.Glob = func(pattern string) ([]string, error) {
			names, err := w.Loader.Glob(pattern)
			w.globs = append(w.globs, names)
			return names, err
		}
	}
	if l.Use != nil {
		l.Use = func(name string, src []byte) (rdl.Functions, error) {
			m, err := w.Loader.Use(name, src)
			if err == nil {
				w.modules[name] = m
			}
			return m, err
		}
	}
	return &l
}

func (w *watcher) nextGlob() []string {
	if len(w.globs) == 0 {
		return nil
	}
	names := w.globs[0]
	w.globs = w.globs[1:]
	return names
}
