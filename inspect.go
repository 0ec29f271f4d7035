package logs

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// A StoreState tells how much a Store holds.
type StoreState struct {
	Name  string
	Keys  int // contexts that live
	Items int // that they hold; -1 if it was not counted
}

// Stores tells how much the stores hold, in the order of the program. Counting
// items takes time for each context; it is left out beyond countedKeys.
func (e *Engine) Stores() []StoreState {
	states := make([]StoreState, len(e.stores))
	for i, s := range e.stores {
		f := e.families[s]
		states[i] = StoreState{s.Name, len(f.byKey), -1}
		if len(f.byKey) <= countedKeys {
			states[i].Items = 0
			for c := f.contexts.first; c != nil; c = c.links.next {
				states[i].Items += c.items.len()
			}
		}
	}
	return states
}

// countedKeys is how many contexts of a store may live for their items to be
// counted.
const countedKeys = 10_000

// Live tells how many rules made at run time live, how many timers are set,
// and how many bytes contexts hold.
func (e *Engine) Live() (rules, timers, kept int) { return e.made, len(e.timers.heap), e.kept }

// maxDumped bounds the contexts of one store, the items of one context and the
// timers that Dump tells of.
const maxDumped = 1000

// Dump writes for people what the engine knows: the clock, the rules with
// their counts, the contexts and windows with what they hold, and what waits
// for its time.
func (e *Engine) Dump(w io.Writer) error {
	d := &dump{bufio.NewWriter(w), e}
	d.printf("clock     %s\n", d.time(e.now))
	s := e.stats
	d.printf("counters  %d messages, %d alerts, %d late, %d evicted, %d dropped, %d faults\n", s.Messages, s.Alerts, s.Late, s.Evicted, s.Dropped, s.Faults)
	d.printf("live      %d rules made at run time, %d timers, %d bytes in contexts\n", e.made, len(e.timers.heap), e.kept)
	d.printf("\nrules: matches of tries\n")
	for _, c := range e.Counts() {
		d.printf("  %d of %d  %s\n", c.Matches, c.Tries, Show(c.Name))
	}
	for _, s := range e.stores {
		d.store(e.families[s])
	}
	d.timers()
	return d.Flush()
}

// A dump writes what Dump does.
type dump struct {
	*bufio.Writer
	engine *Engine
}

func (d *dump) printf(format string, args ...any) { fmt.Fprintf(d, format, args...) }

// time shows an instant of the engine's clock as the wall shows it.
func (d *dump) time(ns int64) string {
	if !d.engine.started {
		return "not known yet"
	}
	return time.Unix(0, ns+d.engine.shift).In(d.engine.zone).Format(time.RFC3339Nano)
}

func (d *dump) store(f *family) {
	kind := "context"
	if f.store.Length > 0 {
		kind = "window"
	}
	d.printf("\n%s %s: %d live\n", kind, f.store.Name, len(f.byKey))
	n := 0
	for c := f.contexts.last; c != nil && n < maxDumped; c = c.links.prev {
		d.context(c)
		n++
	}
	d.more(len(f.byKey) - n)
}

// more tells how many are left out.
func (d *dump) more(n int) {
	if n > 0 {
		d.printf("  and %d more\n", n)
	}
}

func (d *dump) context(c *Context) {
	var keys []string
	for _, key := range c.Keys() {
		keys = append(keys, Show(d.engine.textOf(key)))
	}
	d.printf("  %s(%s): %d items, made %s", c.store.Name, strings.Join(keys, ", "), c.items.len(), d.time(c.made))
	for i := range c.alarms {
		if c.alarms[i].place != 0 {
			d.printf(", until %s", d.time(c.alarms[i].due))
		}
	}
	d.printf("\n")
	items := c.Items()
	for _, item := range items[:min(len(items), maxDumped)] {
		d.printf("    %s\n", Show(d.engine.textOf(item)))
	}
}

// timers tells what waits: the program's own timers and blocks set by rules.
func (d *dump) timers() {
	d.printf("\ntimers\n")
	pending := d.engine.sortedPending()
	for _, p := range pending[:min(len(pending), maxDumped)] {
		name := p.timer.Name
		if name == "" {
			name = p.timer.ID
		}
		d.printf("  %s  %s\n", d.time(p.alarm.due), Show(name))
	}
	d.more(len(pending) - maxDumped)
}
