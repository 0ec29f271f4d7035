package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/lint"
	"github.com/logs-rdl/logs/rdl"
)

// ownProgram is the program that runs, even if its file has another name by
// now.
const ownProgram = "/proc/self/exe"

// start runs what the program holds, if it is a bundle, and else a command
// line.
func (w *world) start(args []string) int {
	b, err := ownBundle()
	switch {
	case err != nil:
		fmt.Fprintf(w.err, "logs: %s: %v\n", args[0], err)
		return exitUsage
	case b != nil:
		return w.runBundle(b, args)
	}
	return w.main(args[1:])
}

// ownBundle returns the bundle that this program is, nil if it is none. A
// program that cannot be read is none: it holds nothing for who runs it.
func ownBundle() (*bundle, error) {
	f, err := os.Open(ownProgram)
	if err != nil {
		return nil, nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return readBundle(f, info.Size())
}

// bundleLine is the command line of a bundle. What is not here was settled
// when the bundle was made.
type bundleLine struct {
	Logs   []string `arg:"" optional:"" name:"log" help:"Logs to read instead of those that the bundle names; - is standard input."`
	DryRun bool     `xor:"what" help:"Tell what would be sent, run and written, and do nothing."`
	State  string   `xor:"what" placeholder:"DIR" help:"Keep in a folder what the rules know and where the logs are read."`
	Show   bool     `xor:"what" help:"Print what the bundle holds and what can leave the machine, and do nothing."`
	Check  bool     `xor:"what" help:"Check that the bundle is whole and its rules are right, and do nothing."`
}

// runBundle runs the command line of a bundle and returns the exit code.
func (w *world) runBundle(b *bundle, args []string) int {
	name := filepath.Base(args[0])
	line := &bundleLine{}
	parser, err := kong.New(line, kong.Name(name), kong.Writers(w.out, w.err),
		kong.Description("This is a bundle of LoGS: a program, its rules and its settings. Without arguments it runs them."))
	if err == nil {
		_, err = parser.Parse(args[1:])
	}
	if err != nil {
		fmt.Fprintf(w.err, "%s: %v\n%s: try %s --help\n", name, err, name, name)
		return exitUsage
	}
	switch {
	case line.Show:
		err = b.show(w)
	case line.Check:
		err = b.check(w.out)
	default:
		err = b.run(w, line)
	}
	return w.exitCode(err)
}

// run runs the rules. What the command line of the bundle says goes before
// what the bundle says.
func (b *bundle) run(w *world, line *bundleLine) error {
	defer runtime.KeepAlive(b) // with it the files that are lent stay open
	if err := b.lend(); err != nil {
		return err
	}
	c, err := b.runLine()
	if err != nil {
		return err
	}
	c.bundle = b
	if line.DryRun { // beside the bundle that runs, perhaps: what is that one's stays so
		c.DryRun, c.State, c.HTTP, c.Pid = true, "", "", ""
	}
	if line.State != "" {
		c.State = line.State
	}
	if len(line.Logs) > 0 {
		c.Logs, c.Spawn = line.Logs, nil
	}
	return c.Run(w)
}

// load loads the rules of a run: those of its bundle, if it is one.
func (c runCmd) load() (*rdl.Program, error) {
	if c.bundle == nil {
		return loadRules(c.Rules)
	}
	p, err := c.bundle.loader().Load(c.bundle.Rules...)
	if err != nil {
		return nil, rulesFailure(err)
	}
	return p, nil
}

// loader returns a loader of the rules in the bundle.
func (b *bundle) loader() *rdl.Loader {
	l := newLoader()
	lookup := l.Lookup
	l.Read = func(name string) ([]byte, error) {
		if f := b.file(name); f != nil {
			return f.data, nil
		}
		return nil, fmt.Errorf("the bundle does not hold %s", name)
	}
	l.Glob = func(pattern string) ([]string, error) { return b.Globs[pattern], nil }
	l.Lookup = func(name string) (logs.Value, error) { return lookup(b.lent(name)) }
	return l
}

// lend makes the lists and what flags name files that can be opened, for
// whoever reads them by name. They have no name in any folder, and are gone
// with the program, however it ends.
func (b *bundle) lend() error {
	for _, f := range b.Files {
		if f.Kind != heldList && f.Kind != heldOther {
			continue
		}
		if err := f.lend(); err != nil {
			return fmt.Errorf("%s cannot be taken out of the bundle: %w; TMPDIR names a folder that can be written", f.Name, err)
		}
	}
	return nil
}

func (f *heldFile) lend() error {
	file, err := os.CreateTemp("", "logs-bundle-*")
	if err != nil {
		return err
	}
	f.open = file
	if err := os.Remove(file.Name()); err != nil {
		return err
	}
	_, err = file.Write(f.data)
	f.path = fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	return err
}

// lent puts the path of a lent file in the place of its name, in a word of a
// command line.
func (b *bundle) lent(word string) string {
	name := valueOf(word)
	if f := b.file(name); f != nil && f.path != "" {
		return strings.TrimSuffix(word, name) + f.path
	}
	return word
}

// check checks the rules; that the archive is whole is known.
func (b *bundle) check(out io.Writer) error {
	p, err := b.loader().Load(b.Rules...)
	if err != nil {
		return rulesFailure(err)
	}
	if _, err := logs.New(p.Program, logs.Options{}); err != nil {
		return &failure{exitRules, err}
	}
	_, err = fmt.Fprintf(out, "the bundle is whole, and its %s right\n", counted(len(b.kind(heldRules))))
	return err
}

// show prints what the bundle holds. Of what may be secret it prints the name.
func (b *bundle) show(w *world) error {
	rules, err := lint.Load(b.loader(), b.Rules...)
	if err != nil {
		return rulesFailure(err)
	}
	b.tell(w, rules)
	for _, f := range b.Files {
		if f.Kind != heldOther {
			fmt.Fprintf(w.out, "\n# %s\n%s", f.Name, f.data)
		}
	}
	return nil
}

// kind returns the files of a kind.
func (b *bundle) kind(kind heldKind) []*heldFile {
	var list []*heldFile
	for _, f := range b.Files {
		if f.Kind == kind {
			list = append(list, f)
		}
	}
	return list
}

// tell prints what the bundle holds, and what can leave the machine on which
// it runs.
func (b *bundle) tell(w *world, rules *lint.Rules) {
	fmt.Fprintf(w.out, "logs %s\n", b.Version)
	for _, kind := range []heldKind{heldRules, heldFunctions, heldList, heldOther} {
		for _, f := range b.kind(kind) {
			fmt.Fprintf(w.out, "%s %s: %d bytes\n", kind, f.Name, len(f.data))
		}
	}
	if len(b.Flags) > 0 {
		fmt.Fprintf(w.out, "flags %q\n", b.Flags)
	}
	raw := writeLeaving(w.out, leaving(rules))
	if raw > 0 {
		w.log.Warn("raw lines of the log can leave the machine", "places", raw)
	}
}
