package rdl

import (
	"time"

	"github.com/logs-rdl/logs"
)

// An Output is what a sink declares: where effects go.
type Output struct {
	Kind SinkKind
	Name string
	Pos  string // file and line of the rules

	URL    string   // of a webhook, a mail server or a syslog server
	As     string   // the form of what a webhook is sent; "" is json
	Secret string   // of a webhook: what signs, or the key of the receiver
	To     string   // addresses of mail
	From   string   // who sends mail; "" for the default
	Path   string   // of a file
	Args   []string // of a program
	Allow  []string // addresses and networks that a firewall never bans

	Alerts   logs.Severity // it takes alerts from this severity on; SeverityNone: it takes none
	AtMost   int           // effects in each Per, the others in one digest; 0: no limit
	Per      time.Duration
	GiveUp   time.Duration // how long one effect is tried; 0 for the default
	Capacity int           // effects that may wait; 0 for the default
}

// A SinkKind says where the effects of a sink go.
type SinkKind string

// The kinds of Output, by the option that says so.
const (
	SinkWebhook  SinkKind = "webhook"
	SinkMail     SinkKind = "mail"
	SinkSyslog   SinkKind = "syslog"
	SinkFile     SinkKind = "file"
	SinkExec     SinkKind = "exec"
	SinkFirewall SinkKind = "firewall"
)

// ownSinks are the sinks that statements go to without naming one, if they
// are declared: sink mail { mail ... } says how the statement mail sends.
var ownSinks = map[string]SinkKind{"mail": SinkMail, "ban": SinkFirewall, "post": SinkWebhook}

// webhookForms are the words behind as.
var webhookForms = []string{"json", "slack", "teams", "pagerduty", "alertmanager"}

// sinkForms are the options of sinks.
var sinkForms = map[string]optionForm[Output]{
	"webhook": {usage: "webhook URL [as slack] [secret TEXT]", least: 1, most: 1, words: []string{"as", "secret"}, set: func(s *Output, o *option) {
		s.is(SinkWebhook, o)
		s.URL, s.As, s.Secret = o.texts()[0], o.oneOf(o.named["as"], webhookForms), o.text("secret")
	}},
	"mail": {usage: `mail [to ADDRESS] [from ADDRESS] [via "smtp://..."]`, words: []string{"to", "from", "via"}, set: func(s *Output, o *option) {
		s.is(SinkMail, o)
		s.To, s.From, s.URL = o.text("to"), o.text("from"), o.text("via")
	}},
	"syslog": {usage: `syslog "tcp://loghost:514"`, least: 1, most: 1, set: func(s *Output, o *option) {
		s.is(SinkSyslog, o)
		s.URL = o.texts()[0]
	}},
	"file": {usage: `file "alerts.log"`, least: 1, most: 1, set: func(s *Output, o *option) {
		s.is(SinkFile, o)
		s.Path = o.texts()[0]
	}},
	"exec": {usage: `exec "program" "argument"...`, least: 1, most: anyNumber, set: func(s *Output, o *option) {
		s.is(SinkExec, o)
		s.Args = o.texts()
	}},
	"firewall": {usage: "firewall", set: func(s *Output, o *option) { s.is(SinkFirewall, o) }},
	"allow": {usage: `allow "10.0.0.0/8"...`, least: 1, most: anyNumber, repeats: true, set: func(s *Output, o *option) {
		s.Allow = append(s.Allow, o.texts()...)
	}},
	"alerts": {usage: "alerts [low|medium|high|critical]", most: 1, set: func(s *Output, o *option) {
		s.Alerts = logs.Low
		if len(o.first) > 0 {
			s.Alerts, _ = logs.ParseSeverity(o.oneOf(o.first[0], severities))
		}
	}},
	"at": {usage: "at most N per D", words: []string{"most", "per"}, set: func(s *Output, o *option) {
		o.needs("most")
		o.needs("per")
		if o.named["most"] != nil {
			s.AtMost = o.c.countOf(o.named["most"], 1, "most")
		}
		s.Per = o.duration("per")
	}},
	"retry": {usage: "retry for D", words: []string{"for"}, set: func(s *Output, o *option) {
		o.needs("for")
		s.GiveUp = o.duration("for")
	}},
	"queue": {usage: "queue N", least: 1, most: 1, set: func(s *Output, o *option) {
		s.Capacity = o.c.countOf(o.first[0], 1, "queue")
	}},
}

// is notes the kind of a sink, which has but one.
func (s *Output) is(kind SinkKind, o *option) {
	if s.Kind != "" {
		o.c.errorf(o, "declare a sink for each", "the sink is a %s already", s.Kind)
	}
	s.Kind = kind
}

// compileSink compiles a sink.
func (c *compiler) compileSink(d *Sink) {
	s := Output{Name: d.Name.Name, Pos: c.pos(d)}
	before := len(c.errs)
	compileOptions(c, &s, d.Options, sinkForms)
	kind := c.sinkKind(d)
	own, isOwn := ownSinks[s.Name]
	switch {
	case len(c.errs) > before:
		return
	case kind == "":
		c.errorf(d.Name, "webhook, mail, syslog, file, exec or firewall", "the sink does not say where it leads")
	case isOwn && own != kind:
		c.errorf(d.Name, "give it another name", "the sink %s is that of the statement %s, so it must be a %s", s.Name, s.Name, own)
	case kind == SinkFirewall && s.Alerts > 0:
		c.errorf(d.Name, "", "a firewall takes no alerts")
	case kind == SinkMail && s.To == "" && !isOwn:
		c.errorf(d.Name, `mail to "ops@example.org"`, "the sink does not say to whom it mails")
	case len(s.Allow) > 0 && kind != SinkFirewall:
		c.errorf(d.Name, "", "allow is for a firewall")
	}
	c.out.Outputs = append(c.out.Outputs, s)
}

// sinkKind tells what a declared sink is, by its options; "" if they do not
// say.
func (c *compiler) sinkKind(d *Sink) SinkKind {
	for _, o := range d.Options {
		switch kind := SinkKind(o.Name.Name); kind {
		case SinkWebhook, SinkMail, SinkSyslog, SinkFile, SinkExec, SinkFirewall:
			return kind
		}
	}
	return ""
}

// sinkNamed returns the sink that a statement names; nil if there is none.
func (c *compiler) sinkNamed(name Ident) *Sink {
	d := c.sinks[name.Name]
	if d == nil {
		c.errorf(name, meant(name.Name, keysOf(c.sinks)), "no sink is called %s", name.Name)
	}
	return d
}

// takes reports if a sink that is named is a firewall where none can be, or
// none where one must be.
func (c *compiler) takes(name Ident, d *Sink, firewall bool) bool {
	if is := c.sinkKind(d) == SinkFirewall; is != firewall {
		c.errorf(name, "", "the sink %s %s", name.Name, map[bool]string{true: "is a firewall: it takes bans", false: "is no firewall: it cannot ban"}[is])
		return false
	}
	return true
}
