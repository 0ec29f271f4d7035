package sink

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/logs-rdl/logs"
)

// A Limit says how many effects may go out in a period, for people read them.
// A period starts with the first effect that comes after the last one has
// ended, by the machine's clock. The first Count of it go out as they come;
// the others are held, and at its end one digest tells of them all:
//
//	17 more from rule scan, probe: first 2007-10-28T17:03:11Z, last 2007-10-28T17:09:50Z
//
// The lines of the digest are their texts. Where the effects go to several
// targets, each target gets its own. The zero Limit is none.
type Limit struct {
	Count int
	Per   time.Duration
}

// Bounds on what is held. Where one is reached, the digests go out before the
// period has ended.
const (
	maxHeld    = 100_000
	maxDigests = 64   // targets
	maxLine    = 1024 // bytes of each text in a digest
	maxRules   = 5    // named in a digest
)

// A limiter applies a Limit.
type limiter struct {
	Limit
	began   time.Time // when the period at hand began
	passed  int       // in this period
	held    int
	digests []*digest // of what is held, in the order of their first
}

// left is how long the period at hand lasts yet.
func (l *limiter) left(now time.Time) time.Duration { return l.began.Add(l.Per).Sub(now) }

// admits tells whether an effect may go out now. While anything is held, none
// may overtake it.
func (l *limiter) admits(now time.Time) bool {
	return l.Per <= 0 || l.held == 0 && (l.passed < l.Count || l.Count > 0 && l.left(now) <= 0)
}

// pass counts an effect that goes out.
func (l *limiter) pass(now time.Time) {
	if l.left(now) <= 0 {
		l.began, l.passed = now, 0
	}
	l.passed++
}

// full tells whether an effect cannot be held beside the others.
func (l *limiter) full(e *logs.Effect) bool {
	return l.held >= maxHeld || len(l.digests) >= maxDigests && l.find(e) == nil
}

func (l *limiter) find(e *logs.Effect) *digest {
	for _, d := range l.digests {
		if d.first.Kind == e.Kind && d.first.Target == e.Target && d.first.Sink == e.Sink {
			return d
		}
	}
	return nil
}

// hold takes an effect into a digest.
func (l *limiter) hold(e *logs.Effect, now time.Time) {
	if l.held == 0 && l.left(now) <= 0 {
		l.began = now // of a Count of 0
	}
	d := l.find(e)
	if d == nil {
		d = &digest{first: logs.Effect{Kind: e.Kind, ID: e.ID, Time: e.Time, Target: e.Target, Sink: e.Sink}}
		l.digests = append(l.digests, d)
	}
	d.add(e)
	l.held++
}

// release returns the digests of what is held, which is then no more.
func (l *limiter) release() []*digest {
	digests := l.digests
	l.digests, l.held = nil, 0
	return digests
}

// A digest stands for effects of one kind that go to one target.
type digest struct {
	first    logs.Effect // its Kind, ID, Time, Target and Sink
	last     time.Time
	severity logs.Severity // the highest
	rules    []string      // the first ones, and one more where there are others
	lines    []string
	ids      []logs.ID
}

func (d *digest) add(e *logs.Effect) {
	d.last = e.Time
	d.severity = max(d.severity, e.Severity)
	if e.Rule != "" && len(d.rules) <= maxRules && !slices.Contains(d.rules, e.Rule) {
		d.rules = append(d.rules, e.Rule)
	}
	if len(d.lines) < logs.MaxEffectLines {
		text := e.Text
		if text == "" && len(e.Lines) > 0 {
			text = e.Lines[0]
		}
		d.lines = append(d.lines, strings.Clone(cut(text, maxLine)))
	}
	d.ids = append(d.ids, e.ID)
}

// effect makes the effect that tells of the others. Its ID is made of the first
// of them, so a digest that has grown since it was saved keeps its own.
func (d *digest) effect() *logs.Effect {
	e := &logs.Effect{
		Kind: d.first.Kind, ID: digestID(d.first.ID), Time: d.last, Severity: d.severity,
		Target: d.first.Target, Sink: d.first.Sink,
		Text: fmt.Sprintf("%d more%s: first %s, last %s", len(d.ids), d.from(),
			d.first.Time.Format(time.RFC3339Nano), d.last.Format(time.RFC3339Nano)),
		Lines: slices.Clone(d.lines),
	}
	if len(d.rules) == 1 {
		e.Rule = d.rules[0]
	}
	if omitted := len(d.ids) - len(d.lines); omitted > 0 {
		e.Lines = append(e.Lines, fmt.Sprintf("and %d more, which are not shown", omitted))
	}
	return e
}

func (d *digest) from() string {
	switch {
	case len(d.rules) == 0:
		return ""
	case len(d.rules) > maxRules:
		return " from rule " + strings.Join(d.rules[:maxRules], ", ") + " and others"
	}
	return " from rule " + strings.Join(d.rules, ", ")
}

func digestID(first logs.ID) logs.ID {
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64([]byte("digest"), uint64(first)))
	return logs.ID(h.Sum64())
}

// cut returns the start of s, of at most n bytes, without half a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
