package rdl

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/logs-rdl/logs"
)

// A Case is a test block: what happens, and what must come of it.
type Case struct {
	Name  string
	Pos   string // file and line
	Steps []CaseStep
}

// A CaseStep is one step of a Case: one of its fields is set.
type CaseStep struct {
	Span                 // in its file
	Pos    string        // file and line
	Lines  []string      // given: lines to be read
	File   string        // given file: a file to be read
	Event  *Event        // given event: what an engine below has forwarded
	After  time.Duration // time that passes
	Expect *Expectation
}

// An Event is what an engine below forwards in a test.
type Event struct {
	Name   string
	Fields []logs.Field
	From   string // DEPARTMENT/EDGE
}

// An Expectation is one expect.
type Expectation struct {
	Source      string // as written
	No          bool   // none of these
	NothingElse bool   // nothing but what the expects before it named
	Kind        logs.EffectKind
	Text        *string                // nil if only the kind counts
	Matches     func(text string) bool // nil unless given by a pattern
	Times       int                    // 0: at least once
}

// effects are the words that expect takes.
var effects = map[string]logs.EffectKind{
	"print": logs.EffectPrint, "alert": logs.EffectAlert, "write": logs.EffectWrite, "exec": logs.EffectExec,
	"pipe": logs.EffectPipe, "mail": logs.EffectMail, "post": logs.EffectPost, "send": logs.EffectSend,
	"ban": logs.EffectBan, "unban": logs.EffectUnban, "forward": logs.EffectForward,
}

func (c *compiler) compileTest(d *Test) {
	name, _ := d.Name.Constant()
	t := &Case{Name: name, Pos: c.pos(d)}
	for _, n := range d.Steps {
		step := CaseStep{Span: n.Extent(), Pos: c.pos(n)}
		switch n := n.(type) {
		case *Given:
			c.given(n, &step)
		case *GivenEvent:
			step.Event = c.givenEvent(n)
		case *After:
			step.After = c.durationOf(n.D, "after")
		case *Expect:
			step.Expect = c.expect(n)
		}
		t.Steps = append(t.Steps, step)
	}
	if !slices.ContainsFunc(t.Steps, func(s CaseStep) bool { return s.Expect != nil }) {
		c.errorf(d.Name, `expect print "..."`, "this test expects nothing, so it cannot fail")
	}
	c.out.Cases = append(c.out.Cases, t)
}

func (c *compiler) given(n *Given, step *CaseStep) {
	text, ok := n.Text.Constant()
	if !ok {
		c.errorf(n.Text, "", "what is given must be written out")
	}
	if n.File {
		step.File = relative(c.file.Name, text)
		return
	}
	step.Lines = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// givenEvent compiles an event of the tier below. An edge that is named alone is
// one of a hub without departments.
func (c *compiler) givenEvent(n *GivenEvent) *Event {
	e := &Event{Name: n.Name.Name, From: "local/edge"}
	before := len(c.errs)
	for i, f := range c.eventFields(n.Args, c.globals) {
		if !f.value.constant && len(c.errs) == before {
			c.errorf(n.Args[i].Value, "use a literal, or a let that nothing sets", "what is given must be known when the rules are loaded")
		}
		e.Fields = append(e.Fields, logs.Field{Name: f.name, Value: f.value.value})
	}
	if n.From == nil {
		return e
	}
	text, _ := n.From.Constant()
	department, edge, ok := strings.Cut(text, "/")
	if !ok {
		department, edge = "local", text
	}
	if department == "" || edge == "" || strings.Contains(edge, "/") {
		c.errorf(n.From, `from "edge1", or from "net/edge1" with its department`, "an event comes from an edge")
	}
	e.From = department + "/" + edge
	return e
}

// relative makes a name that a file mentions whole: it starts at that file.
func relative(file, name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(path.Dir(file), name)
}

func (c *compiler) expect(n *Expect) *Expectation {
	e := &Expectation{Source: c.file.Src[n.Start:n.End], No: n.No, NothingElse: n.NothingElse}
	if n.NothingElse {
		return e
	}
	kind, ok := effects[n.Effect.Name]
	if !ok {
		c.errorf(n.Effect, meant(n.Effect.Name, keysOf(effects)), "no effect is called %s", n.Effect.Name)
	}
	e.Kind = kind
	if n.Text != nil {
		if v, ok := c.constantOf(n.Text, TypeText, "the text that is expected"); ok {
			s := v.String()
			e.Text = &s
		}
	}
	if n.Pattern != nil {
		if re := c.pattern(n.Pattern, c.globals); re != nil {
			e.Matches = re.MatchString
		}
	}
	if n.Times != nil {
		e.Times = c.countOf(n.Times, 1, "the number of times")
	}
	return e
}
