package logs

// A window is a context whose items also expire one by one: it keeps those
// with a time of at least now - Length, so that an item exactly that old
// still counts. Expiry is lazy: it happens when the window is next looked at.

// expire lets go of the items of a window that are too old.
func (e *Engine) expire(c *Context) {
	if c.store.Length <= 0 {
		return
	}
	oldest := e.now - int64(c.store.Length)
	for c.items.len() > 0 && c.items.first() < oldest {
		e.kept -= c.items.dropFirst()
	}
}

// spent tells whether a window's items have all expired: then it is none any
// more, and the next add makes a new one. One with alarms has yet to end.
func (e *Engine) spent(c *Context) bool {
	return c.store.Length > 0 && len(c.alarms) == 0 && c.items.last() < e.now-int64(c.store.Length)
}

// sweep drops the windows at the old end of the store that are spent.
func (e *Engine) sweep(f *family) {
	for c := f.contexts.first; c != nil && c != f.contexts.last && e.spent(c); c = f.contexts.first {
		e.drop(c)
		e.spare(c)
	}
}

// maxSpares is how many spent windows a store keeps to use them again.
const maxSpares = 64

// spare keeps a window that is spent and was dropped, for its memory: where one
// address after another is seen once, each would otherwise leave some behind. One
// that is spent is not found, so nobody knows it, but a trace, which tells windows
// apart, and a rule that found it and then emptied it.
func (e *Engine) spare(c *Context) {
	q, f := &c.items, c.family
	if e.trace != nil || len(q.buf) == 0 || cap(q.buf) > fewItems || q.index != nil || len(f.spares) == maxSpares {
		return
	}
	clear(q.buf)
	f.spares = append(f.spares, c)
}

// context returns a context that is nobody's.
func (f *family) context() *Context {
	last := len(f.spares) - 1
	if last < 0 {
		return &Context{}
	}
	c := f.spares[last]
	f.spares = f.spares[:last]
	*c = Context{items: items{buf: c.items.buf[:0]}}
	return c
}

// bound keeps what contexts hold below the engine's limit, by dropping the
// oldest contexts of the store that grew, then the oldest items of the one.
func (e *Engine) bound(f *family, c *Context) {
	for e.kept > e.maxKept && f.contexts.first != c {
		e.drop(f.contexts.first)
		e.stats.Evicted++
	}
	for e.kept > e.maxKept && c.items.len() > 1 {
		e.kept -= c.items.dropFirst()
		e.stats.Evicted++
	}
}
