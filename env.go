package logs

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Env is what the match, conditions and actions of a rule see: the
// message, what the match bound, the variables of the rule, and what lies
// around it. It is valid only during the call that it is handed to.
//
// A name is looked up in three places, innermost first; the language does so
// when rules are loaded, Go functions by Get:
//
//	locals     what the match bound, then loop variables     Local(i)
//	variables  the rule's own, then what it captured         Var(i)
//	outer      the same of the ruleset around it             Outer()
//	globals    the program's                                 Global(i)
type Env struct {
	engine   *Engine
	name     string    // of what runs, for effects
	msg      *Message  // nil in a block that a timer runs
	at       *live     // the rule whose actions run, for the place of new ones
	ctx      *Context  // in a block of a context
	progress *progress // in a block of a sequence
	item     Value     // in the expression of distinct
	vars     []Value
	vals     []Value
	names    []string // of the first vals
	outer    *Env

	with, captures []Var // of vars
}

// push takes an Env from the engine's stack.
func (e *Engine) push(msg *Message, name string, locals int) *Env {
	if e.depth == len(e.envs) {
		e.envs = append(e.envs, &Env{engine: e})
	}
	env := e.envs[e.depth]
	e.depth++
	vals := slices.Grow(env.vals[:0], locals)[:locals]
	clear(vals)
	*env = Env{engine: e, name: name, msg: msg, vals: vals}
	return env
}

// pop gives the last Env back.
func (e *Engine) pop() { e.depth-- }

// Message returns the message at hand; nil in a block that a timer runs.
func (env *Env) Message() *Message { return env.msg }

// MessageValue returns the message at hand as a value, nil if there is none.
// It is valid as long as the message is.
func (env *Env) MessageValue() Value {
	if env.msg == nil {
		return Nil
	}
	return messageValue(env.msg)
}

// Bound returns the field that a match by function or event should have given,
// and counts one that is missing.
func (env *Env) Bound(fields []Field, name string) (Value, bool) {
	v, ok := lookupField(fields, name)
	if !ok {
		env.engine.stats.Missing++
	}
	return v, ok
}

// Context returns the context whose block runs, else nil.
func (env *Env) Context() *Context { return env.ctx }

// Item returns the item that is being added, in a Store's By.
func (env *Env) Item() Value { return env.item }

// Now returns the engine's clock, in the engine's zone.
func (env *Env) Now() time.Time { return env.engine.wall(env.engine.now) }

// Zone returns the zone of times of day.
func (env *Env) Zone() *time.Location { return env.engine.zone }

// Local returns the i-th local: first the bindings of the match, then others.
func (env *Env) Local(i int) Value { return env.vals[i] }

// SetLocal changes the i-th local.
func (env *Env) SetLocal(i int, v Value) { env.vals[i] = v }

// Var returns the i-th variable: first those of With, then the captures.
func (env *Env) Var(i int) Value { return env.vars[i] }

// SetVar changes the i-th variable.
func (env *Env) SetVar(i int, v Value) { env.vars[i] = v.Keep() }

// Global returns the i-th global.
func (env *Env) Global(i int) Value { return env.engine.globals[i] }

// SetGlobal changes the i-th global.
func (env *Env) SetGlobal(i int, v Value) { env.engine.globals[i] = v.Keep() }

// Outer returns the scope of the ruleset around a member; nil at the root
// and for what was made at run time, which captures instead.
func (env *Env) Outer() *Env { return env.outer }

// Get looks a binding or variable up by name, innermost first.
func (env *Env) Get(name string) (Value, bool) {
	for scope := env; scope != nil; scope = scope.outer {
		if i := slices.Index(scope.names, name); i >= 0 {
			return scope.vals[i], true
		}
		if i := indexVar(scope.with, name); i >= 0 {
			return scope.vars[i], true
		}
		if i := indexVar(scope.captures, name); i >= 0 {
			return scope.vars[len(scope.with)+i], true
		}
	}
	if i := indexVar(env.engine.program.Globals, name); i >= 0 {
		return env.engine.globals[i], true
	}
	return Nil, false
}

// Text returns the text of a binding or variable, "" if there is none.
func (env *Env) Text(name string) string {
	v, _ := env.Get(name)
	return env.TextOf(v)
}

// TextOf returns the text of a value, with times in the engine's zone.
func (env *Env) TextOf(v Value) string { return env.engine.textOf(v) }

func (e *Engine) textOf(v Value) string {
	if s, ok := v.Str(); ok {
		return s
	}
	return string(v.Append(nil, e.zone))
}

func indexVar(vars []Var, name string) int {
	return slices.IndexFunc(vars, func(v Var) bool { return v.Name == name })
}

// run runs actions in order until one says Stop, and reports whether one did.
func (env *Env) run(actions []Action) (stopped bool) {
	for _, act := range actions {
		if err := act(env); err == Stop {
			return true
		} else if err != nil {
			env.Fault("%w", err)
		}
	}
	return false
}

// Run runs actions as a block inside another: it returns Stop if one of them
// did.
func (env *Env) Run(actions []Action) error {
	if env.run(actions) {
		return Stop
	}
	return nil
}

// Fault reports that something in a rule could not be done: a text that is
// no number, a regular expression that is none. Faults are counted, and the
// first of each rule and format is told as an EffectFault; they never end a
// run.
func (env *Env) Fault(format string, args ...any) {
	e := env.engine
	e.stats.Faults++
	text := fmt.Errorf(format, args...).Error()
	if len(text) > 300 {
		text = text[:300] + "..."
	}
	key := env.name + "\x00" + format
	if e.faults[key] || len(e.faults) >= maxFaults {
		return
	}
	e.faults[key] = true
	env.Do(Effect{Kind: EffectFault, Text: Show(text)})
}

// maxFaults bounds the sorts of fault that are told apart.
const maxFaults = 1000

// Do asks for an effect; its ID, Time and, if empty, Rule are filled in.
// What it holds must not be borrowed.
func (env *Env) Do(x Effect) {
	e := env.engine
	x.ID, x.Time = e.newID(), env.Now()
	if x.Rule == "" {
		x.Rule = env.name
	}
	if x.Kind == EffectAlert {
		e.stats.Alerts++
	}
	e.effects = append(e.effects, x)
	if e.trace != nil {
		e.tell(Step{Rule: x.Rule, Outcome: Asks, Message: env.msg, Effect: &e.effects[len(e.effects)-1]})
	}
}

// Print asks for a line on standard output. What is not printable in it is
// shown as Show does.
func (env *Env) Print(text string) {
	env.Do(Effect{Kind: EffectPrint, Text: Show(strings.Clone(text))})
}

// Alert asks for a finding to be told, with the lines behind it.
func (env *Env) Alert(severity Severity, text string, fields ...Field) {
	env.AlertShown(severity, Show(strings.Clone(text)), keepFields(fields))
}

// AlertShown is Alert for a text that is fit to be shown, and fields that
// nobody will change.
func (env *Env) AlertShown(severity Severity, text string, fields []Field) {
	env.Do(Effect{Kind: EffectAlert, Severity: severity, Text: text, Fields: fields, Lines: env.lines()})
}

// lines returns the lines behind what runs: those that matched the steps of
// the sequence; or the messages that the context holds, and the message at
// hand if it is not the last of them.
func (env *Env) lines() []string {
	var lines []string
	last := ""
	if env.progress != nil {
		return slices.Clone(env.progress.lines)
	}
	if env.ctx != nil {
		for _, item := range env.ctx.Items() {
			if m, ok := item.Message(); ok {
				lines = append(lines, m.Line)
				last = m.Line
			}
		}
	}
	if env.msg != nil && env.msg.Event == "" && (len(lines) == 0 || last != env.msg.Line) {
		lines = append(lines, strings.Clone(env.msg.Line))
	}
	return lines[max(0, len(lines)-MaxEffectLines):]
}

// Emit hands an event to the engine's own rules: it is walked after the
// message at hand, before the next.
func (env *Env) Emit(name string, fields ...Field) {
	e := env.engine
	if e.emitted >= MaxEvents {
		e.stats.Dropped++
		return
	}
	e.emitted++
	event := &Message{Event: name, Fields: keepFields(fields), Time: env.Now()}
	e.events = append(e.events, event)
	if e.trace != nil {
		e.tell(Step{Rule: env.name, Outcome: Emitted, Message: event, Of: event})
	}
}

// MaxEvents is how many events one message or timer may cause, those that
// events cause included; further ones are dropped and counted.
const MaxEvents = 10_000

// gaveUpLimit is how often the pattern of a rule may run out of its time
// before the rule is put into quarantine: it never matches again.
const gaveUpLimit = 10

// gaveUp notes that a pattern ran out of its time on the message at hand.
func (env *Env) gaveUp() {
	env.engine.stats.GaveUp++
	if env.at == nil {
		return
	}
	c := env.at.count
	if c.GaveUp++; c.GaveUp == gaveUpLimit {
		env.Alert(High, fmt.Sprintf("a pattern of rule %q ran out of its time on %d lines; the rule is now in quarantine and matches no more", env.name, gaveUpLimit))
	}
}
