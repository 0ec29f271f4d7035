package main

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/lint"
	"github.com/logs-rdl/logs/rdl"
)

// What can leave a machine is what statements send, and the alerts that sinks
// take; a program that is started may send what it is given. All of it stands
// in the rules:
//
//	ssh.rdl:7: forward scan(ip = ip) by ip
//	ssh.rdl:9: forward odd(line = msg.line)
//		line = msg.line may be a raw line of the log

// A leave is one way out of the machine.
type leave struct {
	pos  string // file and line
	what string // the statement, in one line
	raw  []string
	via  bool // a program is given it
}

// leaving lists what can leave the machine on which the rules run, in the
// order of the files.
func leaving(rules *lint.Rules) []leave {
	l := &leaver{raws: gatherRaws(rules.Files)}
	for _, out := range rules.Program.Outputs {
		if out.Alerts > logs.SeverityNone && out.Kind != rdl.SinkFile {
			l.addSink(out)
		}
	}
	for _, file := range rules.Files {
		for _, d := range file.Decls {
			if _, test := d.(*rdl.Test); !test {
				l.walk(file, d, "")
			}
		}
	}
	return l.list
}

type leaver struct {
	raws   *raws
	alerts logs.Severity // the least of the alerts that some sink takes; SeverityNone: none does
	list   []leave
}

// addSink adds a sink that takes alerts. All but syslog are sent the lines
// behind an alert, too.
func (l *leaver) addSink(out rdl.Output) {
	if l.alerts == logs.SeverityNone || out.Alerts < l.alerts {
		l.alerts = out.Alerts
	}
	x := leave{pos: out.Pos, what: fmt.Sprintf("sink %s: %s, which takes alerts from %s on", out.Name, out.Kind, out.Alerts), via: out.Kind == rdl.SinkExec}
	if out.Kind != rdl.SinkSyslog {
		x.raw = []string{"the lines behind an alert go with it, and are raw lines of the log"}
	}
	l.list = append(l.list, x)
}

// walk goes over a node and all in it. store is the context or window that it
// stands in.
func (l *leaver) walk(file *rdl.File, n rdl.Node, store string) {
	if s, ok := n.(*rdl.Store); ok {
		store = s.Name.Name
	}
	if parts, via := l.sent(n); parts != nil {
		x := leave{pos: position(file, n), what: oneLine(file, n), via: via}
		for _, part := range parts {
			if l.raws.holdsLine(valueIn(part), store) {
				x.raw = append(x.raw, oneLine(file, part)+" may be a raw line of the log")
			}
		}
		l.list = append(l.list, x)
	}
	for _, child := range rdl.Children(n) {
		l.walk(file, child, store)
	}
}

// sent returns what a statement sends, nil if it sends nothing; and whether to
// a program.
func (l *leaver) sent(n rdl.Node) (parts []rdl.Node, program bool) {
	switch n := n.(type) {
	case *rdl.Emit:
		if n.Forward {
			parts = []rdl.Node{}
			for _, a := range n.Args {
				parts = append(parts, a)
			}
		}
	case *rdl.Mail:
		parts = []rdl.Node{n.X, n.To}
		if n.Subject != nil {
			parts = append(parts, n.Subject)
		}
	case *rdl.Post:
		parts = []rdl.Node{n.X, n.To}
	case *rdl.Send:
		parts = []rdl.Node{n.X}
	case *rdl.Exec:
		return nodes(n.Args), true
	case *rdl.Pipe:
		return append([]rdl.Node{n.X}, nodes(n.Args)...), true
	case *rdl.Alert:
		if l.taken(n) {
			parts = []rdl.Node{n.X}
			for _, f := range n.Fields {
				parts = append(parts, f)
			}
		}
	}
	return parts, false
}

// taken tells whether some sink takes an alert.
func (l *leaver) taken(n *rdl.Alert) bool {
	severity := logs.Medium
	if n.Severity != nil {
		severity, _ = logs.ParseSeverity(n.Severity.Name)
	}
	return l.alerts != logs.SeverityNone && severity >= l.alerts
}

func nodes(list []rdl.Expr) []rdl.Node {
	out := make([]rdl.Node, len(list))
	for i, x := range list {
		out[i] = x
	}
	return out
}

// valueIn returns the expression in a part of a statement.
func valueIn(part rdl.Node) rdl.Expr {
	switch part := part.(type) {
	case rdl.Arg:
		return part.Value
	case rdl.Assign:
		return part.Value
	}
	return part.(rdl.Expr)
}

// writeLeaving prints what can leave, and returns how many raw lines are among
// it.
func writeLeaving(out io.Writer, all []leave) (raw int) {
	for _, group := range []struct {
		title, nothing string
		via            bool
	}{
		{"what can leave the machine:", "nothing leaves the machine by forward, mail, post, send or an alert", false},
		{"what programs are given, which may send it on:", "", true},
	} {
		list := slices.DeleteFunc(slices.Clone(all), func(x leave) bool { return x.via != group.via })
		switch {
		case len(list) > 0:
			fmt.Fprintln(out, group.title)
		case group.nothing != "":
			fmt.Fprintln(out, group.nothing)
		}
		for _, x := range list {
			fmt.Fprintf(out, "  %s: %s\n", x.pos, x.what)
			for _, why := range x.raw {
				fmt.Fprintf(out, "    ! %s\n", why)
			}
			raw += len(x.raw)
		}
	}
	return raw
}

// position returns the file and line of a node.
func position(file *rdl.File, n rdl.Node) string {
	line, _ := file.Position(n.Extent().Start)
	return fmt.Sprintf("%s:%d", path.Clean(file.Name), line)
}

// oneLine returns a node as it is written, in one line.
func oneLine(file *rdl.File, n rdl.Node) string {
	at := n.Extent()
	return strings.Join(strings.Fields(file.Src[at.Start:at.End]), " ")
}

// eachNode calls f for all nodes of the files.
func eachNode(files []*rdl.File, f func(*rdl.File, rdl.Node)) {
	var walk func(*rdl.File, rdl.Node)
	walk = func(file *rdl.File, n rdl.Node) {
		f(file, n)
		for _, child := range rdl.Children(n) {
			walk(file, child)
		}
	}
	for _, file := range files {
		for _, d := range file.Decls {
			walk(file, d)
		}
	}
}
