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
	}
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
