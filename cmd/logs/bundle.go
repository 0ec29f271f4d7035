package main

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/lint"
	"github.com/logs-rdl/logs/internal/ruletest"
	"github.com/logs-rdl/logs/rdl"
)

// bundleCmd is logs bundle.
//
//	rules ─→ load, test ─→ what can leave ─┐
//	program ─→ cut off what it holds ──────┴─→ program │ archive ─→ read back ─→ FILE
type bundleCmd struct {
	Rules   []string `short:"r" required:"" name:"rules" aliases:"ruleset" sep:"none" placeholder:"FILE|DIR" help:"Rules, in the order given; repeatable."`
	Output  string   `short:"o" required:"" placeholder:"FILE" help:"The bundle to write: one executable."`
	Program string   `placeholder:"FILE" help:"The program for it: logs of this version, for linux/amd64 or linux/arm64; this one if none is named."`
	With    []string `sep:"none" placeholder:"FILE" help:"A further file to hold: a flag of logs run that names it reads it from the bundle; the credential of --upstream is held anyway; repeatable."`

	Args []string `arg:"" optional:"" name:"run-flag" help:"What stands behind -- goes to logs run: flags and logs."`
}

// Run makes the bundle, unless the rules are wrong or one of their tests fails.
func (c bundleCmd) Run(w *world) error {
	g := &gatherer{bundle: &bundle{Version: version(), Flags: c.Args, Globs: map[string][]string{}}}
	rules, err := g.load(c.Rules)
	if err != nil {
		return err
	}
	line, err := g.bundle.runLine()
	if err != nil {
		return err
	}
	with := c.With
	if up := line.Upstream; up != "" && !strings.Contains(up, "://") {
		with = append(with, up) // a credential
	}
	if err := g.holdOthers(rules, with); err != nil {
		return err
	}
	if err := c.test(w); err != nil {
		return err
	}
	g.bundle.tell(w, rules)
	return c.write(w, g.bundle)
}

// test runs the tests of the rules, as logs test does.
func (c bundleCmd) test(w *world) error {
	files, err := testFiles(c.Rules)
	if err != nil {
		return err
	}
	s := ruletest.Suite{Loader: newLoader, Open: openGiven, Stdout: asPrinted}
	results, err := s.Run(files)
	switch {
	case errors.Is(err, ruletest.ErrArchive):
		return &failure{exitRules, err}
	case err != nil:
		return &failure{exitRules, fmt.Errorf("each file is tested by itself: name one that includes the others\n%w", err)}
	case ruletest.WriteText(w.out, results) > 0:
		return &failure{exitRules, errors.New("no bundle is made of rules whose tests fail")}
	}
	return nil
}

// write writes the bundle: all of it or nothing.
func (c bundleCmd) write(w *world, b *bundle) error {
	program, err := c.program()
	if err != nil {
		return err
	}
	archive, err := b.archive(int64(len(program)))
	if err != nil {
		return err
	}
	whole := append(program, archive...)
	if err := readBack(whole); err != nil {
		return fmt.Errorf("the bundle would not run: %w", err)
	}
	if err := writeProgram(c.Output, whole); err != nil {
		return fmt.Errorf("-o: %w", err)
	}
	_, err = fmt.Fprintf(w.out, "wrote %s: %d bytes\n", c.Output, len(whole))
	return err
}

// readBack loads the rules of a bundle as it will itself.
func readBack(whole []byte) error {
	b, err := readBundle(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		return err
	}
	_, err = b.loader().Load(b.Rules...)
	return err
}

// writeProgram writes a file that its owner alone may read and run.
func writeProgram(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".bundle-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which is in vain once it has its name
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o700)
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return err
}

// program reads the program, without the archive that it may hold already.
func (c bundleCmd) program() ([]byte, error) {
	name := c.Program
	if name == "" {
		name = ownProgram
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("--program: %w", err)
	}
	end, err := programEnd(bytes.NewReader(data), int64(len(data)))
	if err == nil && c.Program != "" {
		err = checkProgram(data[:end])
	}
	if err != nil {
		return nil, fmt.Errorf("--program %s: %w", name, err)
	}
	return data[:end:end], nil
}

// checkProgram refuses what is not this program, of this version, for a
// machine that a bundle can be for.
func checkProgram(data []byte) error {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("it is no program for Linux: %w", err)
	}
	if f.Machine != elf.EM_X86_64 && f.Machine != elf.EM_AARCH64 {
		return fmt.Errorf("it is for %v: bundles are for linux/amd64 and linux/arm64", f.Machine)
	}
	theirs, err := buildinfo.Read(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("it is not logs: %w", err)
	}
	own, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program does not know its own version, so that no other can be compared with it")
	}
	if err := sameProgram(own, theirs); err != nil {
		return err
	}
	if !bytes.Contains(data, []byte(release)) {
		return fmt.Errorf("it is not of version %s, which this program is", release)
	}
	return nil
}

// sameProgram compares what two programs tell of how they were built.
func sameProgram(own, theirs *debug.BuildInfo) error {
	for _, x := range []struct{ what, own, theirs string }{
		{"program", own.Path, theirs.Path},
		{"version", own.Main.Version, theirs.Main.Version},
		{"revision", setting(own, "vcs.revision"), setting(theirs, "vcs.revision")},
		{"system", setting(own, "GOOS"), setting(theirs, "GOOS")},
	} {
		if x.own != x.theirs {
			return fmt.Errorf("its %s is %q, and that of this program %q: take one that was built from the same source", x.what, x.theirs, x.own)
		}
	}
	return nil
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// A gatherer gathers what a bundle holds.
type gatherer struct{ bundle *bundle }

// load loads the rules, and holds all that is read on the way.
func (g *gatherer) load(names []string) (*lint.Rules, error) {
	files, err := ruleFiles(names)
	if err != nil {
		return nil, err
	}
	g.bundle.Rules = files
	l := newLoader()
	read, glob, use := l.Read, l.Glob, l.Use
	l.Read = func(name string) ([]byte, error) {
		src, err := read(name)
		if err == nil {
			g.bundle.hold(name, heldRules, src)
		}
		return src, err
	}
	l.Glob = func(pattern string) ([]string, error) {
		found, err := glob(pattern)
		g.bundle.Globs[pattern] = found
		return found, err
	}
	l.Use = func(name string, src []byte) (rdl.Functions, error) {
		g.bundle.file(name).Kind = heldFunctions
		return use(name, src)
	}
	rules, err := lint.Load(l, files...)
	if err != nil {
		return nil, rulesFailure(err)
	}
	if _, err := logs.New(rules.Program.Program, logs.Options{}); err != nil {
		return nil, &failure{exitRules, err}
	}
	return rules, nil
}

// holdOthers holds the lists that rules look things up in, and what flags
// name.
func (g *gatherer) holdOthers(rules *lint.Rules, with []string) error {
	for _, name := range lists(rules.Files) {
		if err := g.hold(name, heldList); err != nil {
			return err
		}
	}
	for _, name := range with {
		if !slices.ContainsFunc(g.bundle.Flags, func(word string) bool { return valueOf(word) == name }) {
			return fmt.Errorf("--with %s: no flag behind -- names it, so nothing would read it", name)
		}
		if err := g.hold(name, heldOther); err != nil {
			return err
		}
	}
	return nil
}

func (g *gatherer) hold(name string, kind heldKind) error {
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("the bundle cannot hold a file: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxHeld {
		return fmt.Errorf("the bundle cannot hold %s: it must be a file of at most %d bytes", name, maxHeld)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("the bundle cannot hold a file: %w", err)
	}
	g.bundle.hold(name, kind, data)
	return nil
}

// valueOf returns the value in a word of a command line: what stands behind
// the = of a flag, or else the word.
func valueOf(word string) string {
	if flag, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(flag, "-") {
		return value
	}
	return word
}

// lists returns the files that lookup reads and a bundle can hold: those whose
// names stand in the rules, from the folder of these on. One that is named from
// the root is that of the machine on which the bundle runs.
func lists(files []*rdl.File) []string {
	held := map[string]bool{}
	lets := map[string]rdl.Expr{}
	eachNode(files, func(_ *rdl.File, n rdl.Node) {
		if let, ok := n.(*rdl.Let); ok {
			lets[let.Name.Name] = let.Value
		}
	})
	eachNode(files, func(file *rdl.File, n rdl.Node) {
		call, ok := n.(*rdl.Call)
		if !ok || call.Fun.Name != "lookup" || len(call.Args) != 1 {
			return
		}
		x := call.Args[0].Value
		if name, ok := x.(*rdl.Name); ok {
			x = lets[name.Name]
		}
		if text, ok := x.(*rdl.Text); ok {
			if name, constant := text.Constant(); constant && !path.IsAbs(name) {
				held[path.Join(path.Dir(file.Name), name)] = true
			}
		}
	})
	return slices.Sorted(maps.Keys(held))
}

// runLine reads the command line of logs run that the bundle stands for.
func (b *bundle) runLine() (runOrCompare, error) {
	line := struct {
		Run runOrCompare `cmd:""`
	}{}
	parser, err := kong.New(&line, kong.NoDefaultHelp())
	if err != nil {
		return line.Run, err
	}
	args := []string{"run"}
	for _, name := range b.Rules {
		args = append(args, "--rules="+name)
	}
	for _, word := range b.Flags {
		args = append(args, b.lent(word))
	}
	_, err = parser.Parse(spelled(args))
	switch run := &line.Run; {
	case err != nil:
		return *run, fmt.Errorf("behind --: %w; logs run --help lists the flags", err)
	case len(run.Rules) > len(b.Rules):
		return *run, errors.New("behind --: name rules before --, so that the bundle holds them")
	case len(run.Compare) > 0:
		return *run, errors.New("behind --: a bundle runs rules, and does not compare them")
	}
	_, err = line.Run.stamps()
	return line.Run, err
}
