package lint

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/logs-rdl/logs/rdl"
)

var (
	shell = &Code{
		ID: "L050", Severity: Grave, Title: "log text reaches a shell",
		Why: "`exec` and `pipe` start programs without a shell, so that a value is one argument, whatever it holds. Here the program\n" +
			"is itself a shell, or something that reads code from an argument, such as `perl -e` or `ssh`, and a value from the\n" +
			"log stands in that code: a user who tries to log in as `$(reboot)` has it run. Give the value as an argument of\n" +
			"its own behind the code, which reads it as `\"$1\"`; of `ssh`, send it to the standard input with `pipe`.",
		Bad: `
rule r { matching "Invalid user (.*) from"; binding (user); doing exec "sh" "-c" "echo {user} | wall" }
`,
		Good: "\n" + `rule r { matching "Invalid user (.*) from"; binding (user); doing exec "sh" "-c" ` + "`" + `echo "$1" | wall` + "`" + ` "sh" "{user}" }` + "\n",
	}
	programFromLog = &Code{
		ID: "L051", Severity: Grave, Title: "the log chooses which program runs",
		Why: "The name of the program is made of a value from the log, which can name any program of the machine. Decide with `if`\n" +
			"which one is meant, and name it in the rules.",
		Bad: `
rule r { matching "run (\w+)"; binding (what); doing exec "/opt/hooks/{what}" }
`,
		Good: `
rule r { matching "run (\w+)"; binding (what); doing exec "/opt/hooks/run" "{what}" }
`,
	}
	pathFromLog = &Code{
		ID: "L052", Severity: Warning, Title: "the log alone chooses the file",
		Why: "Values lose slashes and leading dots in the name of a file, so none leaves its folder. But this name is made of nothing\n" +
			"else: the log can choose any file of the folder, among them those that other rules write. A fixed folder and a\n" +
			"fixed ending keep them apart.",
		Bad: `
rule r { matching "job (\w+) done"; binding (job); doing write msg to "{job}" }
`,
		Good: `
rule r { matching "job (\w+) done"; binding (job); doing write msg to "/var/log/jobs/{job}.log" }
`,
	}
	everyMatch = &Code{
		ID: "L053", Severity: Warning, Title: "a mail or a ban for every line",
		Why: "Each line that matches sends a mail or bans an address; nothing says how many are too many. One broken program fills a\n" +
			"mailbox in a minute, and one mistyped password, or one forged line, shuts somebody out. A window counts first; its\n" +
			"`once per 1h` lets each key through once.",
		Bad: `
rule r { matching "Failed password .* from (\S+)"; binding (ip); doing ban ip for 1h }
`,
		Good: `
window failed(ip) { length 10m; max-lines 5; doing ban ip for 1h }
rule r { matching "Failed password .* from (\S+)"; binding (ip); doing store into failed(ip) }
`,
	}
	banOther = &Code{
		ID: "L054", Severity: Warning, Title: "the ban is not of an address from the line",
		Why: "`msg.host` is the host that wrote the line, one's own, and `msg.source` the log: what is to be banned stands in the text,\n" +
			"and a group of the pattern binds it. An address that stands in the rules needs no rule; the firewall can have it\n" +
			"for good.",
		Bad: `
window failed(ip) { length 10m; max-lines 5; doing ban event.host for 1h }
rule r { matching "Failed password .* from (\S+)"; binding (ip); doing store into failed(ip) }
`,
		Good: `
window failed(ip) { length 10m; max-lines 5; doing ban ip for 1h }
rule r { matching "Failed password .* from (\S+)"; binding (ip); doing store into failed(ip) }
`,
	}
	safetyCodes = []*Code{shell, programFromLog, pathFromLog, everyMatch, banOther}
)

// readers are programs that take code from an argument, with the options that
// say so.
var readers = map[string]*regexp.Regexp{
	"sh": shortC, "bash": shortC, "dash": shortC, "zsh": shortC, "ksh": shortC, "ash": shortC, "fish": shortC, "su": shortC,
	"python": shortC, "python3": shortC, "perl": shortE, "ruby": shortE, "node": shortE, "php": regexp.MustCompile(`^-r$`),
}

var (
	shortC = regexp.MustCompile(`^-[a-z]*c$`)
	shortE = regexp.MustCompile(`^-[a-zA-Z]*[eE]$`)
)

// programs reports what exec and pipe are given.
func (p *pass) programs() {
	p.statements(func(file *rdl.File, n rdl.Node) {
		switch n := n.(type) {
		case *rdl.Exec:
			p.program(file, n.Args)
		case *rdl.Pipe:
			p.program(file, n.Args)
		}
	})
}

// statements calls f for every node of the program outside of tests.
func (p *pass) statements(f func(*rdl.File, rdl.Node)) {
	for _, d := range p.decls {
		p.outsideTests(d, func(n rdl.Node) { f(d.file, n) })
	}
}

// outsideTests calls f for every node of a declaration that is no test.
func (p *pass) outsideTests(d placed, f func(rdl.Node)) {
	if _, test := d.Node.(*rdl.Test); test {
		return
	}
	inspect(d.Node, func(n rdl.Node) bool {
		f(n)
		return true
	})
}

func (p *pass) program(file *rdl.File, args []rdl.Expr) {
	if len(args) > 0 && p.fromLog(args[0]) {
		p.report(programFromLog, file, args[0], "name the program in the rules, and give it the value as an argument", "the log chooses which program runs")
	}
	for i, arg := range args {
		name, _ := p.constant(arg)
		name = path.Base(name)
		if code := p.codeFor(name, args[i+1:]); code != nil {
			p.report(shell, file, code, codeHint(name), "log text becomes code for %s", name)
			return
		}
	}
}

// codeFor returns the argument that a program called name reads as code, if
// there is log text in it.
func (p *pass) codeFor(name string, args []rdl.Expr) rdl.Expr {
	option, known := readers[name]
	for i, arg := range args {
		if name == "ssh" && p.fromLog(arg) {
			return arg
		}
		text, _ := p.constant(arg)
		if known && option.MatchString(text) && i+1 < len(args) && p.fromLog(args[i+1]) {
			return args[i+1]
		}
	}
	return nil
}

func codeHint(name string) string {
	if name == "ssh" {
		return "a shell on the other side reads it: send it with pipe, to the program's standard input"
	}
	return `give the value as an argument behind the code, which reads it as "$1"`
}

// fromLog tells whether a value may hold what the rules do not tell.
func (p *pass) fromLog(x rdl.Expr) bool { return p.unknown(x, map[string]bool{}) }

// unknown is fromLog; the names in seen are being looked into.
func (p *pass) unknown(x rdl.Expr, seen map[string]bool) bool {
	found := false
	inspect(x, func(n rdl.Node) bool {
		switch n := n.(type) {
		case *rdl.Call:
			if len(n.Args) == 0 {
				found = found || n.Fun.Name != "hostname"
			}
			for _, a := range n.Args {
				found = found || p.unknown(a.Value, seen)
			}
			return false
		case *rdl.Name:
			found = found || p.unknownName(n.Name, seen)
		}
		return !found
	})
	return found
}

// unknownName tells whether a name may hold what the rules do not tell, at
// any place where it has a value.
func (p *pass) unknownName(name string, seen map[string]bool) bool {
	if name == "now" || seen[name] {
		return false
	}
	seen[name] = true
	return p.bound[name] || p.values[name] == nil ||
		slices.ContainsFunc(p.values[name], func(x rdl.Expr) bool { return p.unknown(x, seen) })
}

// files reports names of files that the log alone makes.
func (p *pass) files() {
	p.statements(func(file *rdl.File, n rdl.Node) {
		w, ok := n.(*rdl.Write)
		if ok && p.fromLog(w.To) && !p.hasOwnText(w.To) {
			p.report(pathFromLog, file, w.To, `give it a folder and an ending: "/var/log/jobs/{job}.log"`, "the log alone chooses the file")
		}
	})
}

// hasOwnText tells whether a letter or digit of a text comes from the rules.
func (p *pass) hasOwnText(x rdl.Expr) bool {
	found := false
	inspect(x, func(n rdl.Node) bool {
		switch n := n.(type) {
		case *rdl.Text:
			for _, part := range n.Parts {
				found = found || strings.ContainsFunc(part.Lit, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
			}
		case *rdl.Name:
			found = found || !p.fromLog(n)
		}
		return !found
	})
	return found
}

// flood reports mails and bans that every line of a rule causes.
func (p *pass) flood() {
	for _, d := range p.decls {
		p.floodIn(d.file, d.Node)
	}
}

// floodIn goes to the rules that nothing but their pattern holds back.
func (p *pass) floodIn(file *rdl.File, n rdl.Node) {
	switch n := n.(type) {
	case *rdl.Rule:
		if clause[*rdl.Where](n.Clauses) != nil || clause[*rdl.Once](n.Clauses) != nil || !asksLines(n) {
			return
		}
		for _, c := range n.Clauses {
			if doing, ok := c.(*rdl.Doing); ok {
				p.floodBlock(file, doing.Body)
			}
		}
	case *rdl.Ruleset:
		if clause[*rdl.Where](n.Body) != nil {
			return
		}
		for _, m := range n.Body {
			p.floodIn(file, m)
		}
	case *rdl.During:
		for _, m := range n.Body {
			p.floodIn(file, m)
		}
	}
}

// asksLines tells whether a rule matches lines by a pattern; those of events
// come as often as the rules say that emit them.
func asksLines(r *rdl.Rule) bool {
	found := false
	if m := clause[*rdl.Matching](r.Clauses); m != nil {
		inspect(m, func(n rdl.Node) bool {
			switch n.(type) {
			case *rdl.MatchPattern, *rdl.MatchAll:
				found = true
			}
			return !found
		})
	}
	return found
}

// floodBlock looks at the statements that run for every match.
func (p *pass) floodBlock(file *rdl.File, b *rdl.Block) {
	for _, s := range b.Stmts {
		switch s := s.(type) {
		case *rdl.Mail:
			p.report(everyMatch, file, s, "count in a window, and mail in its doing with once per 1h", "every line that matches sends a mail")
		case *rdl.Ban:
			if s.For != nil {
				p.report(everyMatch, file, s, "count in a window, and ban in its doing", "a single line bans an address")
			}
		}
	}
}

// bans reports bans of what is no address of the line.
func (p *pass) bans() {
	p.statements(func(file *rdl.File, n rdl.Node) {
		ban, ok := n.(*rdl.Ban)
		if !ok {
			return
		}
		if field, ok := single(ban.IP).(*rdl.Field); ok && ownFields[field.Name.Name] && isMessage(field.X) {
			p.report(banOther, file, ban.IP, "bind the address with a group", "%s is not the address of the other side", rdl.NameOf(field.X)+"."+field.Name.Name)
		} else if !p.fromLog(ban.IP) && ban.For != nil {
			p.report(banOther, file, ban.IP, "let the firewall have it for good", "the rules themselves name the address")
		}
	})
}

// ownFields are the parts of a message that tell who wrote it.
var ownFields = map[string]bool{"host": true, "source": true, "program": true, "pid": true}

func isMessage(x rdl.Expr) bool { return rdl.NameOf(x) == "msg" || rdl.NameOf(x) == "event" }

// single takes the parentheses and the template from around a single value.
func single(x rdl.Expr) rdl.Expr {
	switch x := x.(type) {
	case *rdl.Paren:
		return single(x.X)
	case *rdl.Text:
		if len(x.Parts) == 1 && x.Parts[0].X != nil {
			return single(x.Parts[0].X)
		}
	}
	return x
}
