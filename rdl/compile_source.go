package rdl

import (
	"strings"
	"time"

	"github.com/logs-rdl/logs"
)

// An Input is what a source declares: where lines come from.
type Input struct {
	Stdin  bool
	Name   string // of a file, or a pattern of such names
	Format logs.Format
	Pos    string // file and line of the rules

	Zone    *time.Location           // of stamps without one; nil: as the run says
	Offsets map[string]time.Duration // by host: what is added to its stamps
}

// formats are the words that decode takes.
var formats = map[string]logs.Format{
	"syslog": logs.FormatSyslog, "json": logs.FormatJSON, "logfmt": logs.FormatLogfmt,
	"cef": logs.FormatCEF, "none": logs.FormatNone,
}

// compileSource compiles source "file" and source stdin.
func (c *compiler) compileSource(d *Source) {
	in := Input{Pos: c.pos(d)}
	switch {
	case d.Kind == nil && len(d.Args) == 1:
		in.Name = c.fileName(d.Args[0], "the name of a file")
	case d.Kind != nil && d.Kind.Name == "stdin" && len(d.Args) == 0:
		in.Stdin = true
	default:
		c.errorf(d, `source "/var/log/messages" and source stdin are`, "a source of this kind is not supported yet")
		return
	}
	for _, o := range d.Options {
		c.sourceOption(&in, o)
	}
	c.out.Inputs = append(c.out.Inputs, in)
}

// sourceOptions are the options of a source, as they are written.
var sourceOptions = []string{"decode FORMAT", `timezone "Europe/Rome"`, "host NAME offset D"}

func (c *compiler) sourceOption(in *Input, o Option) {
	switch name := o.Name.Name; {
	case name == "decode" && len(o.Args) == 1:
		c.decode(in, o.Args[0])
	case name == "timezone" && len(o.Args) == 1:
		c.timezone(in, o.Args[0])
	case name == "host" && len(o.Args) == 3:
		c.hostOffset(in, o)
	case name == "decode" || name == "timezone" || name == "host":
		c.errorf(o, strings.Join(sourceOptions, "; "), "%s takes other words", name)
	default:
		c.errorf(o, strings.Join(sourceOptions, "; "), "the option %s is not supported yet", name)
	}
}

func (c *compiler) decode(in *Input, x Expr) {
	word, _ := x.(*Name)
	if word == nil {
		c.errorf(x, "syslog, json, logfmt, cef or none", "decode takes the name of a format")
		return
	}
	format, ok := formats[word.Name]
	if !ok {
		c.errorf(word, meant(word.Name, keysOf(formats)), "no format is called %s", word.Name)
	}
	in.Format = format
}

func (c *compiler) timezone(in *Input, x Expr) {
	name := c.fileName(x, "the name of a zone")
	zone, err := time.LoadLocation(name)
	if err != nil {
		c.errorf(x, "a name such as Europe/Rome", "%v", err)
	}
	in.Zone = zone
}

// hostOffset compiles host NAME offset D: how much is added to the stamps of
// a host whose clock is wrong.
func (c *compiler) hostOffset(in *Input, o Option) {
	host, isName := o.Args[0].(*Name)
	text := ""
	if isName {
		text = host.Name
	} else {
		text = c.fileName(o.Args[0], "the name of a host")
	}
	if word, ok := o.Args[1].(*Name); !ok || word.Name != "offset" {
		c.errorf(o.Args[1], "host web1 offset -3s", "host NAME is followed by offset")
		return
	}
	v, _ := c.constantOf(o.Args[2], TypeDuration, "the offset of a host")
	d, _ := v.Duration()
	if in.Offsets == nil {
		in.Offsets = map[string]time.Duration{}
	}
	if _, twice := in.Offsets[text]; twice {
		c.errorf(o, "", "the offset of %s is given twice", text)
	}
	in.Offsets[text] = d
}

// fileName compiles a text that is known when rules are loaded.
func (c *compiler) fileName(x Expr, what string) string {
	v, _ := c.constantOf(x, TypeText, what)
	s, _ := v.Str()
	return s
}

// compileSink reports a sink.
func (c *compiler) compileSink(d *Sink) {
	c.errorf(d.Name, "", "sinks are not supported yet")
}
