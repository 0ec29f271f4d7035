// Command logs analyses logs by rules. See docs/language.md for the rules and
// "logs --help" for what it can do.
package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// Messages for people follow these rules: they say where, what, and what to
// try; lower case, no full stop, one line unless source text is shown. What
// rules print and alert goes to standard output and nothing else does, but
// for the reports of check, fmt, test, match and learn.

// The exit codes.
const (
	exitRules  = 1 // the rules or a test are wrong
	exitUsage  = 2
	exitSource = 3 // a source could not be read to its end
	exitAction = 4 // an action was given up
)

// A failure is an error that ends the program with a code of its own.
type failure struct {
	code int
	err  error // nil if all has been said
}

func (f *failure) Error() string { return fmt.Sprint(f.err) }

// cli is the command line.
type cli struct {
	Run     runOrCompare `cmd:"" help:"Analyse logs; the main job."`
	Check   checkCmd     `cmd:"" help:"Parse and check rules; all problems at once."`
	Fmt     fmtCmd       `cmd:"" help:"Print rules in the one canonical layout."`
	Test    testCmd      `cmd:"" help:"Run the tests of rules: test blocks and archives."`
	Explain explainCmd   `cmd:"" help:"Tell what rules do about a line, or why they did something."`
	Hub     hubCmd       `cmd:"" help:"Certificates and users of a hub, which takes events of engines below."`
	Lsp     lspCmd       `cmd:"" help:"Serve an editor: mistakes, hints, tests, as one types."`
	Bundle  bundleCmd    `cmd:"" help:"Make one executable of the program, rules and settings, for machines that get nothing else."`
	Install installCmd   `cmd:"" help:"Make a service of logs run: the systemd unit, its user and folders."`
	Match   matchCmd     `cmd:"" help:"Try a pattern on logs: lines and groups, as grep would."`
	Learn   learnCmd     `cmd:"" help:"Tell what logs say: templates of their lines, and how often."`
	Version versionCmd   `cmd:"" help:"Print the version."`

	Completion completionCmd `cmd:"" hidden:"" help:"Print what lets a shell complete command lines."`
	Man        manCmd        `cmd:"" hidden:"" help:"Print a page of the manual."`
}

// world is what the commands see of the world.
type world struct {
	in       *os.File
	out, err io.Writer
	log      *slog.Logger
}

func main() {
	collectLate()
	w := &world{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	w.log = newLog(w.err, isJournal(os.Stderr, os.Getenv("JOURNAL_STREAM")))
	os.Exit(w.start(os.Args))
}

// withoutTime leaves out what whoever collects the diagnostics adds anyway.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// main runs a command line and returns the exit code.
func (w *world) main(args []string) int {
	parser, err := kong.New(&cli{}, kong.Name("logs"), kong.Description("LoGS reads logs by rules and tells what they mean together."),
		kong.Writers(w.out, w.err), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintf(w.err, "logs: %v\n", err)
		return exitUsage
	}
	ctx, err := parser.Parse(spelled(args))
	if err != nil {
		fmt.Fprintf(w.err, "logs: %v\nlogs: try logs --help\n", err)
		return exitUsage
	}
	return w.exitCode(ctx.Run(w))
}

// spelled rewrites what the parser of the command line has no form for: in
// test -run and -update, as go test writes them, and in run --file, which is
// one more log in its place among the others.
func spelled(args []string) []string {
	if len(args) == 0 {
		return args
	}
	out := args[:1:1]
	for i := 1; i < len(args); i++ {
		switch arg := args[i]; {
		case args[0] == "test" && (arg == "-run" || arg == "-update"):
			out = append(out, "-"+arg)
		case args[0] == "run" && arg == "--file" && i+1 < len(args):
			i++
			out = append(out, args[i])
		case args[0] == "run" && strings.HasPrefix(arg, "--file="):
			out = append(out, strings.TrimPrefix(arg, "--file="))
		default:
			out = append(out, arg)
		}
	}
	return out
}

// exitCode tells what an error means, and returns the code for it.
func (w *world) exitCode(err error) int {
	if err == nil {
		return 0
	}
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{exitUsage, err}
	}
	if f.err != nil {
		fmt.Fprintf(w.err, "logs: %v\n", f.err)
	}
	return f.code
}
