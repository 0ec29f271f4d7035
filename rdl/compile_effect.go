package rdl

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/report"
)

// effect compiles the statements that ask for something outside.
func (c *compiler) effect(s Stmt, sc *scope) logs.Action {
	switch s := s.(type) {
	case *Print:
		text := c.textOf(s.X, sc, logs.Show)
		return func(env *logs.Env) error {
			env.Do(logs.Effect{Kind: logs.EffectPrint, Text: text(env)})
			return nil
		}
	case *Exec:
		args := c.texts(s.Args, sc)
		return asking(func(env *logs.Env) logs.Effect {
			return logs.Effect{Kind: logs.EffectExec, Args: args(env)}
		})
	case *Pipe:
		lines, args := c.linesOf(s.X, sc), c.texts(s.Args, sc)
		return asking(func(env *logs.Env) logs.Effect {
			return logs.Effect{Kind: logs.EffectPipe, Lines: lines(env), Args: args(env)}
		})
	case *Alert:
		return c.alert(s, sc)
	case *Write:
		return c.write(s, sc)
	case *Mail:
		return c.mail(s, sc)
	case *Post:
		return c.post(s, sc)
	case *Send:
		return c.send(s, sc)
	case *Ban:
		return c.ban(s, sc)
	case *Emit:
		return c.emit(s, sc)
	}
	return nil
}

// asking makes an action of what works out an effect.
func asking(effect func(*logs.Env) logs.Effect) logs.Action {
	return func(env *logs.Env) error {
		env.Do(effect(env))
		return nil
	}
}

// texts compiles a list of texts.
func (c *compiler) texts(list []Expr, sc *scope) func(*logs.Env) []string {
	var each []func(*logs.Env) string
	for _, x := range list {
		each = append(each, c.textOf(x, sc, nil))
	}
	return func(env *logs.Env) []string {
		out := make([]string, len(each))
		for i, text := range each {
			out[i] = text(env)
		}
		return out
	}
}

// linesOf compiles what write and pipe take: a line, or all lines of a
// context or list.
func (c *compiler) linesOf(x Expr, sc *scope) func(*logs.Env) []string {
	if x == nil {
		return func(env *logs.Env) []string { return []string{strings.Clone(env.TextOf(env.MessageValue()))} }
	}
	t := c.expr(x, sc)
	return func(env *logs.Env) []string { return linesIn(env, t.eval(env)) }
}

// linesIn returns the lines of a value: one for each item of a list or
// context, or the value's text.
func linesIn(env *logs.Env, v logs.Value) []string {
	items, ok := v.List()
	if !ok {
		return []string{strings.Clone(env.TextOf(v))}
	}
	lines := make([]string, len(items))
	for i, item := range items {
		lines[i] = strings.Clone(env.TextOf(item))
	}
	return lines
}

func (c *compiler) write(s *Write, sc *scope) logs.Action {
	lines := c.linesOf(s.X, sc)
	path := c.textOf(s.To, sc, logs.PathPart)
	return asking(func(env *logs.Env) logs.Effect {
		return logs.Effect{Kind: logs.EffectWrite, Target: path(env), Lines: lines(env)}
	})
}

func (c *compiler) alert(s *Alert, sc *scope) logs.Action {
	severity := logs.Medium
	if s.Severity != nil {
		var ok bool
		if severity, ok = logs.ParseSeverity(s.Severity.Name); !ok {
			c.errorf(s.Severity, "low, medium, high or critical", "%s is no severity", s.Severity.Name)
		}
	}
	text := c.textOf(s.X, sc, logs.Show)
	fields := c.assigns(s.Fields, sc)
	return func(env *logs.Env) error {
		env.AlertShown(severity, text(env), evalFields(env, fields))
		return nil
	}
}

// mail compiles mail X to T [subject T]. A list of maps becomes a table, and
// a page of HTML beside it.
func (c *compiler) mail(s *Mail, sc *scope) logs.Action {
	x, to := c.expr(s.X, sc), c.textOf(s.To, sc, nil)
	subject := func(*logs.Env) string { return "" }
	if s.Subject != nil {
		subject = c.textOf(s.Subject, sc, nil)
	}
	return asking(func(env *logs.Env) logs.Effect {
		e := logs.Effect{Kind: logs.EffectMail, Target: to(env), Text: subject(env)}
		v := x.eval(env)
		if !tabular(v) {
			e.Lines = linesIn(env, v)
			return e
		}
		zone := env.Now().Location()
		e.Lines = report.Table(v, zone)
		e.Fields = []logs.Field{{Name: "html", Value: logs.Text(report.Page(e.Text, v, zone))}}
		return e
	})
}

// tabular tells whether a value is a list of maps.
func tabular(v logs.Value) bool {
	items, ok := v.List()
	return ok && len(items) > 0 && !slices.ContainsFunc(items, func(item logs.Value) bool {
		_, isMap := item.Fields()
		return !isMap
	})
}

// post compiles post X to T: the fields of a map, or a text.
func (c *compiler) post(s *Post, sc *scope) logs.Action {
	body, to := c.body(s.X, sc), c.textOf(s.To, sc, nil)
	return asking(func(env *logs.Env) logs.Effect {
		e := body(env)
		e.Kind, e.Target = logs.EffectPost, to(env)
		return e
	})
}

// send compiles send X to SINK.
func (c *compiler) send(s *Send, sc *scope) logs.Action {
	body := c.body(s.X, sc)
	if sink := c.sinkNamed(s.To); sink == nil || !c.takes(s.To, sink, false) {
		return nil
	}
	return asking(func(env *logs.Env) logs.Effect {
		e := body(env)
		e.Kind, e.Target = logs.EffectSend, s.To.Name
		return e
	})
}

// body compiles what is posted or sent: the fields of a map, the lines of a
// list or context, or a text.
func (c *compiler) body(x Expr, sc *scope) func(*logs.Env) logs.Effect {
	t := c.expr(x, sc)
	return func(env *logs.Env) logs.Effect {
		v := t.eval(env)
		if fields, ok := v.Keep().Fields(); ok {
			return logs.Effect{Fields: fields}
		}
		if _, ok := v.List(); ok {
			return logs.Effect{Lines: linesIn(env, v)}
		}
		return logs.Effect{Text: strings.Clone(env.TextOf(v))}
	}
}

// ban compiles ban IP for D [with SINK] and unban IP [with SINK].
func (c *compiler) ban(s *Ban, sc *scope) logs.Action {
	ip, place := c.textOf(s.IP, sc, nil), c.pos(s)
	span := typed{eval: func(*logs.Env) logs.Value { return logs.Nil }}
	kind := logs.EffectUnban
	if s.For != nil {
		kind, span = logs.EffectBan, c.exprOf(s.For, sc, TypeDuration, "how long a ban lasts")
	}
	if s.With != nil {
		if sink := c.sinkNamed(*s.With); sink == nil || !c.takes(*s.With, sink, true) {
			return nil
		}
	}
	return func(env *logs.Env) error {
		addr, err := netip.ParseAddr(ip(env))
		d, _ := span.eval(env).Duration()
		switch {
		case err != nil:
			env.Fault("%s: what is to be banned is no address: %w", place, err)
		case kind == logs.EffectBan && d <= 0:
			env.Fault("%s: a ban must last longer than nothing", place)
		default:
			env.Do(logs.Effect{Kind: kind, Target: addr.Unmap().WithZone("").String(), Span: d, Sink: named(s.With)})
		}
		return nil
	}
}

// eventFields compiles the values of an event.
func (c *compiler) eventFields(args []Arg, sc *scope) []namedExpr {
	var list []Assign
	for _, a := range args {
		if a.Name == nil {
			c.errorf(a, "write name = value", "the values of an event have names")
			continue
		}
		list = append(list, Assign{Span: a.Span, Name: *a.Name, Value: a.Value})
	}
	return c.assigns(list, sc)
}

// emit compiles emit NAME(k = EXPR, ...), for this engine's own rules, and
// forward NAME(k = EXPR, ...) [by k], for the tier above.
func (c *compiler) emit(s *Emit, sc *scope) logs.Action {
	name, fields := s.Name.Name, c.eventFields(s.Args, sc)
	if !s.Forward {
		return func(env *logs.Env) error {
			env.Emit(name, evalFields(env, fields)...)
			return nil
		}
	}
	by := func([]logs.Field) logs.Value { return logs.Nil }
	if s.By != nil {
		i := slices.IndexFunc(fields, func(f namedExpr) bool { return f.name == s.By.Name })
		if i < 0 {
			c.errorf(*s.By, "", "the event has no value called %s to be divided by", s.By.Name)
			return nil
		}
		by = func(values []logs.Field) logs.Value { return values[i].Value }
	}
	return asking(func(env *logs.Env) logs.Effect {
		values := evalFields(env, fields)
		return logs.Effect{Kind: logs.EffectForward, Text: name, Fields: values, Target: env.TextOf(by(values))}
	})
}
