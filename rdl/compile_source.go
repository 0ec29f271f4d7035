package rdl

import (
	"github.com/logs-rdl/logs"
)

// An Input is what a source declares: where lines come from.
type Input struct {
	Stdin  bool
	Name   string // of a file, or a pattern of such names
	Format logs.Format
	Pos    string // file and line of the rules
}

// formats are the words that decode takes.
var formats = map[string]logs.Format{
	"syslog": logs.FormatSyslog, "json": logs.FormatJSON, "logfmt": logs.FormatLogfmt,
	"cef": logs.FormatCEF, "none": logs.FormatNone,
}

// compileSource compiles source "file" and source stdin, with decode.
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

func (c *compiler) sourceOption(in *Input, o Option) {
	if o.Name.Name != "decode" || len(o.Args) != 1 {
		c.errorf(o, `decode syslog, json, logfmt, cef or none`, "the option %s is not supported yet", o.Name.Name)
		return
	}
	word, _ := o.Args[0].(*Name)
	if word == nil {
		c.errorf(o.Args[0], "syslog, json, logfmt, cef or none", "decode takes the name of a format")
		return
	}
	format, ok := formats[word.Name]
	if !ok {
		c.errorf(word, meant(word.Name, keysOf(formats)), "no format is called %s", word.Name)
	}
	in.Format = format
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
