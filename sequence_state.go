package logs

import "slices"

// How what is under way in a sequence is saved and loaded.

func (c *encoder) sequence(q *liveSequence) {
	c.uint(uint64(q.seq.Keys))
	c.uint(uint64(len(q.seq.Steps)))
	c.texts(q.seq.Bindings)
	c.uint(uint64(len(q.byKey)))
	for p := q.begun.first; p != nil; p = p.links.next {
		c.progress(p)
	}
}

func (c *encoder) progress(p *progress) {
	c.text(p.key)
	for _, n := range p.counts {
		c.uint(uint64(n))
	}
	c.bool(p.begun)
	c.values(p.values)
	c.texts(p.lines)
	c.text(p.host)
	c.int(p.at)
	c.uint(uint64(len(p.early)))
	for _, m := range p.early {
		c.uint(uint64(m.step))
		c.int(m.at)
		c.text(m.host)
		c.values(m.values)
		c.text(m.line)
	}
	c.alarm(&p.alarm)
}

func (c *encoder) values(values []Value) {
	for _, v := range values {
		c.value(v)
	}
}

// loadSequence reads a sequence. What was under way is dropped, and counted,
// if the sequence is gone or has other steps, keys or names now.
func (l *loader) loadSequence(n *live) {
	keys, steps := int(l.uint()), l.count()
	names := l.readTexts()
	same := n != nil && n.seq != nil && n.seq.seq.Keys == keys && len(n.seq.seq.Steps) == steps && slices.Equal(names, n.seq.seq.Bindings)
	q := &liveSequence{seq: &Sequence{}, byKey: map[string]*progress{}}
	if same {
		q = n.seq
	}
	for range l.count() {
		p := &progress{of: q, key: l.text(), counts: make([]int, steps)}
		p.alarm.owner = p
		l.loadProgress(p, len(names))
		if !same {
			l.e.timers.unset(&p.alarm)
			l.stats.Dropped++
			continue
		}
		q.add(p)
	}
}

func (l *loader) loadProgress(p *progress, names int) {
	for i := range p.counts {
		p.counts[i] = int(l.uint())
	}
	p.begun = l.bool()
	p.values = l.readValues(names)
	p.lines = l.readTexts()
	p.host, p.at = l.text(), l.int()
	for range l.count() {
		m := earlyMatch{step: int(l.uint()), at: l.int(), host: l.text(), values: l.readValues(names), line: l.text()}
		p.early = append(p.early, m)
	}
	l.alarm(&p.alarm)
}

func (l *loader) readTexts() []string {
	var texts []string
	for range l.count() {
		texts = append(texts, l.text())
	}
	return texts
}

func (l *loader) readValues(n int) []Value {
	values := make([]Value, n)
	for i := range values {
		values[i] = l.value()
	}
	return values
}
