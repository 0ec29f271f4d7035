package rdl

import (
	"time"

	"github.com/logs-rdl/logs"
)

// declareStore notes the name and the keys of a context or window. made says
// that it is a statement.
func (c *compiler) declareStore(d *Store, made bool) {
	name := d.Name.Name
	if _, ok := builtins[name]; ok || name == "matches" {
		c.errorf(d.Name, "", "%s is the name of a function", name)
	}
	if c.known(name, d) {
		return
	}
	c.stores[name] = &storeInfo{store: &logs.Store{Name: name, AtRuntime: made}, decl: d, where: c.pos(d), keys: len(d.Keys)}
	c.out.Stores = append(c.out.Stores, c.stores[name].store)
}

// known reports a name that is already that of a store.
func (c *compiler) known(name string, at Node) bool {
	old := c.stores[name]
	if old == nil {
		return false
	}
	c.errorf(at, "", "a context or window %s is already declared in %s", name, old.where)
	return true
}

// declareAlias gives a store a second name. The keys keep their places.
func (c *compiler) declareAlias(d *Alias) {
	c.postpone(func() {
		x, keys, ok := c.aliasPart(d.X)
		y, names, ok2 := c.aliasPart(d.Y)
		if !ok || !ok2 {
			return
		}
		target := c.stores[x.Name]
		switch {
		case target == nil:
			c.errorf(x, meant(x.Name, c.storeNames()), "no context or window is called %s", x.Name)
		case keys != target.keys || names != keys:
			c.errorf(d, "", "%s has %s: both sides must name them", x.Name, plural(target.keys, "key"))
		case !c.known(y.Name, y):
			c.stores[y.Name] = &storeInfo{store: target.store, where: c.pos(d), keys: keys}
		}
	})
}

// aliasPart takes one side of an alias apart: its name and how many keys.
func (c *compiler) aliasPart(x Expr) (*Name, int, bool) {
	switch x := x.(type) {
	case *Name:
		return x, 0, true
	case *Call:
		return x.Fun, len(x.Args), true
	}
	c.errorf(x, "alias scanner(ip) as suspect(ip)", "this is no context or window")
	return nil, 0, false
}

// declareAliasName declares the second name of an alias that is a statement:
// a store that holds nothing itself.
func (c *compiler) declareAliasName(d *Alias) {
	c.postpone(func() {
		x, _, ok := c.aliasPart(d.X)
		y, names, ok2 := c.aliasPart(d.Y)
		if !ok || !ok2 || c.stores[x.Name] == nil || c.stores[y.Name] != nil {
			return // the statement itself reports what is wrong
		}
		alias := &logs.Store{Name: y.Name, AliasOf: c.stores[x.Name].store}
		c.stores[y.Name] = &storeInfo{store: alias, where: c.pos(d), keys: names}
		c.out.Stores = append(c.out.Stores, alias)
	})
}

// compileStore fills in the store that declareStore made.
func (c *compiler) compileStore(d *Store, outer *scope, made bool) {
	info := c.stores[d.Name.Name]
	if info == nil || info.decl != d {
		return // a duplicate, reported before
	}
	st := info.store
	defer func(was bool) { c.inStore = was }(c.inStore)
	c.inStore = true
	s := c.sortClauses(d.Clauses)
	sc := outer.framed(made)
	if !made {
		sc = c.globals.framed(false)
	}
	c.storeKeys(d, st, sc)
	c.storeLimits(d, st, &s)
	c.contextNames(sc)
	body := sc.inner()
	st.With = c.with(s.with, body)
	if s.distinct != nil {
		st.Distinct = true
		if s.distinct.By != nil {
			by := body.inner()
			by.special("item", TypeAny, (*logs.Env).Item)
			st.By = c.expr(s.distinct.By, by).eval
		}
	}
	st.Do = c.doing(d.Clauses, body)
	if on := s.on("full"); on != nil {
		st.OnFull = c.block(on.Body, body)
	}
	if on := s.on("timeout"); on != nil {
		st.OnTimeout = c.block(on.Body, body)
	}
	st.Locals = sc.frame.locals - len(d.Keys)
	st.Captures = sc.frame.captures
	c.checkStore(d, st, &s)
}

func (c *compiler) storeKeys(d *Store, st *logs.Store, sc *scope) {
	for _, k := range d.Keys {
		if sc.own(k.Name) != nil {
			c.errorf(k, "", "%s has the key %s twice", d.Name.Name, k.Name)
		}
		sc.local(k.Name, TypeAny)
		st.Keys = append(st.Keys, k.Name)
	}
}

// contextNames declares what the blocks of a context see of it. A key or
// variable of the same name hides it.
func (c *compiler) contextNames(sc *scope) {
	for name, f := range contextFields {
		if sc.own(name) == nil {
			read := f.read
			sc.special(name, f.typ, func(env *logs.Env) logs.Value { return read(env.Context()) })
		}
	}
	if sc.own("event") == nil {
		sc.special("event", TypeMessage, (*logs.Env).MessageValue)
	}
	if sc.own("line") == nil {
		read := logs.MessagePart("line")
		sc.special("line", TypeText, func(env *logs.Env) logs.Value { return messageField(env.MessageValue(), read) })
	}
}

func (c *compiler) storeLimits(d *Store, st *logs.Store, s *clauses) {
	for _, l := range s.limits {
		switch word := l.Word; word {
		case "max-lines":
			st.MaxLines, st.Limited = c.countOf(l.N, 0, word), true
		case "min-lines":
			st.MinLines = c.countOf(l.N, 0, word)
		case "at most":
			st.AtMost = c.countOf(l.N, 1, word)
		case "length":
			st.Length = c.durationOf(l.N, word)
		case "lasting":
			st.Lasting = c.durationOf(l.N, word)
		case "timing out in":
			st.Idle = c.durationOf(l.N, word)
		}
	}
	if s.timingOut != nil {
		st.At, _ = c.schedule(&s.timingOut.Time)
	}
	st.Lives = s.flag("lives-after-timeout")
	if s.once != nil {
		st.Once = true
		if s.once.Per != nil {
			st.Per = c.durationOf(s.once.Per, "once per")
		}
	}
	if d.Window && s.limit("length") == nil {
		c.errorf(d.Name, "add length 3m, or make it a context", "a window needs a length")
	}
}

// checkStore reports blocks that can never run.
func (c *compiler) checkStore(d *Store, st *logs.Store, s *clauses) {
	if on := s.on("full"); on != nil && !st.Limited {
		c.errorf(on, "add max-lines", "nothing ever makes %s full", d.Name.Name)
	}
}

// lengthOf turns an expression into a length of time; what is none, or not
// above zero, is a millisecond.
func lengthOf(eval logs.Expr) logs.Length {
	return func(env *logs.Env) time.Duration {
		d, _ := eval(env).Duration()
		return max(d, time.Millisecond)
	}
}
