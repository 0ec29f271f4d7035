package rdl

import (
	"slices"
	"time"

	"github.com/logs-rdl/logs"
)

// An Input is what a source declares: where lines come from.
type Input struct {
	Kind InputKind
	Pos  string   // file and line of the rules
	Name string   // of a file, or a pattern of such names
	Args []string // of a program
	Addr string   // where engines below send events

	Follow  bool          // the file is read on as it grows
	FromEnd bool          // what is there at the beginning is not read
	Restart time.Duration // after which a program that ended is started again; 0: it is not
	Listen  []Listen      // where syslog messages come in
	Units   []string      // of the journal; none: all of it

	Format  logs.Format
	Zone    *time.Location           // of stamps without one; nil: as the run says
	Offsets map[string]time.Duration // by host: what is added to its stamps
}

// An InputKind says what lines come from.
type InputKind uint8

// The kinds of Input.
const (
	InputFile InputKind = iota
	InputStdin
	InputExec
	InputSyslog
	InputJournald
	InputTier
)

// inputKinds are the words behind source.
var inputKinds = map[string]InputKind{
	"stdin": InputStdin, "exec": InputExec, "syslog": InputSyslog, "journald": InputJournald,
	"tier": InputTier,
}

// A Listen is an address at which messages are taken.
type Listen struct {
	Network   string // udp, tcp, tls or unix
	Addr      string
	Cert, Key string // of the server, for tls: names of files
	CA        string // for tls: whose clients may send; "" for anybody
}

// formats are the words that decode takes.
var formats = map[string]logs.Format{
	"syslog": logs.FormatSyslog, "json": logs.FormatJSON, "logfmt": logs.FormatLogfmt,
	"cef": logs.FormatCEF, "none": logs.FormatNone,
}

// compileSource compiles a source.
func (c *compiler) compileSource(d *Source) {
	in := Input{Pos: c.pos(d)}
	if d.Kind != nil {
		kind, ok := inputKinds[d.Kind.Name]
		if !ok {
			c.errorf(*d.Kind, meant(d.Kind.Name, keysOf(inputKinds)), "there is no source of the kind %s", d.Kind.Name)
			return
		}
		in.Kind = kind
	}
	for _, x := range d.Args {
		in.Args = append(in.Args, c.settingOf(x, "what a source is called with"))
	}
	switch {
	case in.Kind == InputFile && len(in.Args) == 1:
		in.Name, in.Args = in.Args[0], nil
	case in.Kind == InputExec && len(in.Args) > 0:
		in.Name = in.Args[0]
	case in.Kind == InputTier && len(in.Args) == 1:
		in.Addr, in.Args = in.Args[0], nil
	case in.Kind == InputFile, in.Kind == InputExec, in.Kind == InputTier, len(in.Args) > 0:
		c.errorf(d, `source "/var/log/messages", source exec "journalctl" "-f", source stdin`, "the source is called with other words")
		return
	}
	compileOptions(c, &in, d.Options, sourceForms(in.Kind))
	if in.Kind == InputSyslog && len(in.Listen) == 0 {
		c.errorf(d, `source syslog { udp ":5514" }`, "the source does not say where it listens")
	}
	c.out.Inputs = append(c.out.Inputs, in)
}

// sourceForms are the options of a kind of source.
func sourceForms(kind InputKind) map[string]optionForm[Input] {
	if kind == InputTier {
		return nil // events bear all that there is to say
	}
	forms := map[string]optionForm[Input]{
		"decode":   {usage: "decode FORMAT", least: 1, most: 1, set: (*Input).setFormat},
		"timezone": {usage: `timezone "Europe/Rome"`, least: 1, most: 1, set: (*Input).setZone},
		"host":     {usage: "host NAME offset D", least: 1, most: 1, words: []string{"offset"}, repeats: true, set: (*Input).setOffset},
	}
	from := optionForm[Input]{usage: "from start or from end", least: 1, most: 1, set: func(in *Input, o *option) {
		in.FromEnd = o.oneOf(o.first[0], []string{"start", "end"}) == "end"
	}}
	switch kind {
	case InputFile:
		forms["from"] = from
		forms["follow"] = optionForm[Input]{usage: "follow", set: func(in *Input, _ *option) { in.Follow = true }}
	case InputExec:
		forms["restart"] = optionForm[Input]{usage: "restart after D", words: []string{"after"}, set: func(in *Input, o *option) {
			o.needs("after")
			in.Restart = o.duration("after")
		}}
	case InputSyslog:
		for _, network := range []string{"udp", "tcp", "unix"} {
			forms[network] = optionForm[Input]{usage: network + ` ":5514"`, least: 1, most: 1, repeats: true, set: (*Input).listen}
		}
		forms["tls"] = optionForm[Input]{
			usage: `tls ":6514" cert "FILE" key "FILE" [ca "FILE"]`,
			least: 1, most: 1, words: []string{"cert", "key", "ca"}, repeats: true, set: (*Input).listen,
		}
	case InputJournald:
		forms["from"] = from
		forms["unit"] = optionForm[Input]{usage: `unit "sshd"...`, least: 1, most: anyNumber, repeats: true, set: func(in *Input, o *option) {
			in.Units = append(in.Units, o.texts()...)
		}}
	}
	return forms
}

func (in *Input) setFormat(o *option) { in.Format = formats[o.oneOf(o.first[0], keysOf(formats))] }

func (in *Input) setZone(o *option) {
	zone, err := time.LoadLocation(o.texts()[0])
	if err != nil {
		o.c.errorf(o.first[0], "a name such as Europe/Rome", "%v", err)
	}
	in.Zone = zone
}

// setOffset notes how much is added to the stamps of a host whose clock is
// wrong.
func (in *Input) setOffset(o *option) {
	host := ""
	if name, ok := o.first[0].(*Name); ok {
		host = name.Name
	} else {
		host = o.c.fileName(o.first[0], "the name of a host")
	}
	if o.needs("offset"); o.named["offset"] == nil {
		return
	}
	v, _ := o.c.constantOf(o.named["offset"], TypeDuration, "the offset of a host")
	if in.Offsets == nil {
		in.Offsets = map[string]time.Duration{}
	}
	if _, twice := in.Offsets[host]; twice {
		o.c.errorf(o, "", "the offset of %s is given twice", host)
	}
	in.Offsets[host], _ = v.Duration()
}

// listen notes an address.
func (in *Input) listen(o *option) {
	l := Listen{Network: o.Name.Name, Addr: o.texts()[0], Cert: o.text("cert"), Key: o.text("key"), CA: o.text("ca")}
	if l.Network == "tls" {
		o.needs("cert")
		o.needs("key")
	}
	if slices.ContainsFunc(in.Listen, func(k Listen) bool { return k.Network == l.Network && k.Addr == l.Addr }) {
		o.c.errorf(o, "", "%s listens at %s already", l.Network, l.Addr)
	}
	in.Listen = append(in.Listen, l)
}

// fileName compiles a text that is known when rules are loaded.
func (c *compiler) fileName(x Expr, what string) string {
	v, _ := c.constantOf(x, TypeText, what)
	s, _ := v.Str()
	return s
}
