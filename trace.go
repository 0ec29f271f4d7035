package logs

import "time"

// A Step tells what one rule or guard did with the message at hand. What it
// holds is valid only during the call of Options.Trace.
type Step struct {
	Rule     string // the rule's name or ID
	Outcome  Outcome
	Bindings []Field // what the match bound
}

// An Outcome is how far a rule came with a message.
type Outcome uint8

// The outcomes.
const (
	NoMatch Outcome = iota // the match did not hold
	Unless                 // the match held, the further condition did not
	Matched                // both held; the actions ran
)

// String returns how a report words the outcome.
func (o Outcome) String() string {
	return [...]string{"did not match", "was held back by its condition", "matched"}[o]
}

// bindings returns what the match bound, by name.
func (env *Env) bindings() []Field {
	fields := make([]Field, len(env.names))
	for i, name := range env.names {
		fields[i] = Field{name, env.vals[i]}
	}
	return fields
}

// timed reads the stopwatch, if there is one.
func (e *Engine) timed() time.Duration {
	if e.stopwatch == nil {
		return 0
	}
	return time.Duration(e.stopwatch())
}
