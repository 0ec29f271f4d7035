package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/script"
	"github.com/logs-rdl/logs/internal/source"
	"github.com/logs-rdl/logs/internal/when"
	"github.com/logs-rdl/logs/rdl"
)

// What a match costs, by the kind of its pattern. The table of docs/speed.md is made
// of these figures:
//
//	go test -run '^$' -bench Kinds ./bench

// A kind is a match of which no line of Syslog is one, and what makes a line one.
type kind struct {
	name  string
	match string
	hit   func(line string) string // nil: they all are
}

// tail makes lines match by what it adds.
func tail(s string) func(string) string { return func(line string) string { return line + s } }

// otherHost makes lines match by their host.
func otherHost(line string) string { return strings.Replace(line, " node", " core", 1) }

var kinds = []kind{
	{"rare text", `"quota exceeded for (\S+)"`, tail(" quota exceeded for kim")},
	{"common text", `" node(\d+) .*quota for (\S+)"`, tail(" quota for kim")},
	{"common text alone", `" node(\d\d\d\d+) "`, tail(" node1234 ")},
	{"two bytes", `"zq(\d+)"`, tail(" zq17")},
	{"one rare byte", `"~(\d+)"`, tail(" ~17")},
	{"one common byte", `"(\d+)=(\d+)"`, tail(" 17=17")},
	{"no text", `"([0-9]+)[A-Z][a-z]+[0-9]"`, tail(" 17Kim4")},
	{"no text, classes and repeats", `"[a-z]+[0-9]+[A-Z]+"`, tail(" kim17X")},
	{"either case", `"(?i)quota exceeded"`, tail(" Quota Exceeded")},
	{"either case, a class", `"[Qq]uota exceeded"`, tail(" Quota exceeded")},
	{"either case, one word", `"(?i:quota) exceeded"`, tail(" Quota exceeded")},
	{"two words", `"quota|QUOTA"`, tail(" QUOTA")},
	{"two patterns", `"quota exceeded" or "disk full"`, tail(" disk full")},
	{"100 words", `"(?:` + strings.Join(words(100), "|") + `) failed"`, tail(" zulu99 failed")},
	{"100 words alone", `"` + strings.Join(words(100), "|") + `"`, tail(" zulu99")},
	{"from the start", `"^Oct 28 [\d:]+ core(\d+) "`, otherHost},
	{"from the start, no text", `"^[A-Z]\w+ +\d+ \d+:\d+:\d+ [a-m]\w+ "`, otherHost},
	{"look-around", `"quota (?!for root)"`, tail(" quota for kim")},
	{"look-around, no text", `"[0-9](?=[A-Z][a-z])"`, tail(" 17Kim")},
	{"back reference", `"moved (\S+) to \1"`, tail(" moved kim to kim")},
	{"back reference, no text", `"(\d\d\d\d\d\d\d\d)\D+\1"`, tail(" 87654321 87654321")},
	{"value", `"quota for {who}"`, tail(" quota for kim")},
	{"function", `function f`, tail(" quota")},
	{"everything", `everything`, nil},
}

// words are those of an alternation.
func words(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("zulu%02d", i)
	}
	return all
}

const kindLines = 200_000

func BenchmarkKinds(b *testing.B) {
	dir := b.TempDir()
	var plain bytes.Buffer
	if err := Syslog(&plain, kindLines, 1); err != nil {
		b.Fatal(err)
	}
	log := filepath.Join(dir, "plain.log")
	if err := os.WriteFile(log, plain.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	among := Rules(Patterns(1000))
	for _, k := range kinds {
		if k.hit != nil {
			b.Run(k.name+"/does not match", func(b *testing.B) { measureKind(b, k.match, "", log, 0) })
			b.Run(k.name+"/among 1,000", func(b *testing.B) { measureKind(b, k.match, among, log, 0) })
		}
		hits := filepath.Join(dir, "hits.log")
		if err := writeHits(hits, plain.Bytes(), k.hit); err != nil {
			b.Fatal(err)
		}
		b.Run(k.name+"/matches", func(b *testing.B) { measureKind(b, k.match, "", hits, kindLines) })
	}
}

// writeHits writes a log, changed line by line.
func writeHits(name string, log []byte, hit func(string) string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for line := range strings.Lines(string(log)) {
		line = strings.TrimSuffix(line, "\n")
		if hit != nil {
			line = hit(line)
		}
		fmt.Fprintln(w, line)
	}
	return errors.Join(w.Flush(), f.Close())
}

// measureKind reads a log by a rule, behind others, and reports the CPU of a line.
// The rule must match so often.
func measureKind(b *testing.B, match, others, log string, want uint64) {
	p, err := kindLoader.LoadSource("kinds.rdl", "use \"f.star\"\nlet who = \"kim\"\n"+others+"rule kind { matching "+match+" }\n")
	if err != nil {
		b.Fatal(err)
	}
	var took time.Duration
	for b.Loop() {
		e, err := logs.New(p.Program, logs.Options{})
		if err != nil {
			b.Fatal(err)
		}
		r := run.Runner{Engine: e, Handler: ignored{}, Options: run.Options{Stamps: when.Options{Year: 2007}}}
		before := OwnCPU()
		if _, err := r.Run(context.Background(), []run.Input{{Name: log, Open: func() (run.Opened, error) { return openLog(log) }}}); err != nil {
			b.Fatal(err)
		}
		took += OwnCPU() - before
		if counts := e.Counts(); counts[len(counts)-1].Matches != want {
			b.Fatalf("%d matches, want %d", counts[len(counts)-1].Matches, want)
		}
	}
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/kindLines, "cpu-ns/line")
	b.ReportMetric(0, "ns/op") // left out: the time on the wall is of two processors
}

var kindLoader = rdl.Loader{
	Read: func(string) ([]byte, error) {
		return []byte("def f(msg, env):\n    return \"quota\" in msg.line\n"), nil
	},
	Use: func(name string, src []byte) (rdl.Functions, error) { return script.Load(name, src) },
}

func openLog(name string) (run.Opened, error) {
	r, err := source.File{Path: name}.Open()
	return run.Opened{Reader: logReader{r}}, err
}

// logReader is a reader of package source, as run asks for it.
type logReader struct{ *source.Reader }

func (r logReader) Next() (run.Block, error) {
	b, err := r.Reader.Next()
	if err != nil {
		return nil, err
	}
	return b, nil
}

// ignored is a handler for rules that do nothing.
type ignored struct{}

func (ignored) Do(context.Context, *logs.Effect) error { return nil }
func (ignored) Flush() error                           { return nil }
