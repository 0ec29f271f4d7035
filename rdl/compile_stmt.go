package rdl

import (
	"github.com/logs-rdl/logs"
)

// doing compiles what stands in the doing clauses and the short statements of
// a declaration, in order.
func (c *compiler) doing(list []Clause, sc *scope) (actions []logs.Action) {
	for _, clause := range list {
		switch x := clause.(type) {
		case *Doing:
			actions = c.addStmts(actions, x.Body.Stmts, sc)
		case *Short:
			actions = c.addStmts(actions, []Stmt{x.Stmt}, sc)
		}
	}
	return actions
}

// block compiles a block. No statement declares a name for those behind it.
func (c *compiler) block(b *Block, sc *scope) []logs.Action { return c.stmts(b.Stmts, sc) }

func (c *compiler) stmts(list []Stmt, sc *scope) []logs.Action { return c.addStmts(nil, list, sc) }

// addStmts appends what statements are compiled to.
func (c *compiler) addStmts(actions []logs.Action, list []Stmt, sc *scope) []logs.Action {
	for _, s := range list {
		if act := c.stmt(s, sc); act != nil {
			actions = append(actions, act)
		}
	}
	return actions
}

// stmt compiles one statement; nil if it is wrong.
func (c *compiler) stmt(s Stmt, sc *scope) logs.Action { return c.coverStmt(s, c.statement(s, sc)) }

func (c *compiler) statement(s Stmt, sc *scope) logs.Action {
	switch s := s.(type) {
	case *Print, *Alert, *Write, *Exec, *Pipe, *Mail, *Post, *Send, *Ban, *Emit:
		return c.effect(s, sc)
	case *Add:
		return c.add(s, sc)
	case *StoreInto:
		return c.storeInto(s, sc)
	case *StoreOp:
		return c.storeOp(s, sc)
	case *Alias:
		return c.alias(s, sc)
	case *Rule:
		return c.makeRule(s, sc)
	case *Store:
		return c.makeStore(s, sc)
	case *DeleteRule:
		return c.deleteRule(s)
	case *At, *Every, *In:
		return c.setTimer(s, sc)
	}
	return c.control(s, sc)
}

// control compiles the statements that steer others.
func (c *compiler) control(s Stmt, sc *scope) logs.Action {
	switch s := s.(type) {
	case *Block:
		actions := c.block(s, sc)
		return func(env *logs.Env) error { return env.Run(actions) }
	case *Stop:
		return func(*logs.Env) error { return logs.Stop }
	case *If:
		return c.branch(s, sc)
	case *For:
		return c.loop(s, sc)
	case *Set:
		return c.assign(s, sc)
	case *CallStmt:
		call := c.expr(s.Call, sc)
		return func(env *logs.Env) error { call.eval(env); return nil }
	}
	return nil
}

func (c *compiler) branch(s *If, sc *scope) logs.Action {
	cond := c.exprOf(s.Cond, sc, TypeBool, "a condition")
	then := c.block(s.Then, sc)
	otherwise := c.coverElse(s)
	if s.Else != nil {
		otherwise = c.stmts([]Stmt{s.Else}, sc)
	}
	return func(env *logs.Env) error {
		if cond.eval(env).Truth() {
			return env.Run(then)
		}
		return env.Run(otherwise)
	}
}

// loop compiles for x in EXPR: over the items of a list or context, or the
// names of a map.
func (c *compiler) loop(s *For, sc *scope) logs.Action {
	over := c.expr(s.X, sc)
	if !over.typ.fits(TypeList) && !over.typ.fits(TypeMap) {
		c.errorf(s.X, "", "for goes over a list, a context or a map, not over %s", over.typ)
		return nil
	}
	inner := sc.inner()
	i := inner.local(s.Var.Name, TypeAny).index
	body := c.block(s.Body, inner)
	return func(env *logs.Env) error {
		for _, item := range elements(over.eval(env)) {
			env.SetLocal(i, item)
			if err := env.Run(body); err != nil {
				return err
			}
		}
		return nil
	}
}

func elements(v logs.Value) []logs.Value {
	if fields, ok := v.Fields(); ok {
		names := make([]logs.Value, len(fields))
		for i, f := range fields {
			names[i] = logs.Text(f.Name)
		}
		return names
	}
	items, _ := v.List()
	return items
}

func (c *compiler) assign(s *Set, sc *scope) logs.Action {
	value := c.expr(s.Value, sc)
	v := sc.find(s.Name.Name)
	if v == nil {
		c.errorf(s.Name, meant(s.Name.Name, sc.visible()), "nothing is called %s here: declare it with let or with", s.Name.Name)
		return nil
	}
	if !value.typ.fits(v.typ) {
		c.errorf(s.Value, "", "%s holds %s, not %s", v.name, v.typ, value.typ)
		return nil
	}
	write, ok := sc.frame.setter(v)
	if !ok {
		c.errorf(s.Name, "", "%s cannot be set", v.name)
		return nil
	}
	return func(env *logs.Env) error { write(env, value.eval(env)); return nil }
}

func (c *compiler) add(s *Add, sc *scope) logs.Action {
	x := c.expr(s.X, sc)
	use := c.storeUse(s.To, sc)
	if use == nil {
		return nil
	}
	return func(env *logs.Env) error {
		var few [fewKeys]logs.Value // not made anew for each item
		env.Add(use.store, x.eval(env), appendAll(few[:0], env, use.keys)...)
		return nil
	}
}

func (c *compiler) storeInto(s *StoreInto, sc *scope) logs.Action {
	var uses []*storeUse
	for _, to := range s.To {
		if use := c.storeUse(to, sc); use != nil {
			uses = append(uses, use)
		}
	}
	place := c.pos(s)
	return func(env *logs.Env) error {
		if env.Message() == nil {
			env.Fault("%s: there is no message to store: a timer runs this block", place)
			return nil
		}
		var few [fewKeys]logs.Value
		for _, use := range uses {
			env.Add(use.store, env.MessageValue(), appendAll(few[:0], env, use.keys)...)
		}
		return nil
	}
}

func (c *compiler) storeOp(s *StoreOp, sc *scope) logs.Action {
	use := c.storeUse(s.Store, sc)
	if use == nil {
		return nil
	}
	op := map[string]func(*logs.Env, *logs.Store, ...logs.Value){
		"clear": (*logs.Env).Clear, "end": (*logs.Env).End, "delete": (*logs.Env).Delete,
	}[s.Word]
	return func(env *logs.Env) error {
		op(env, use.store, evalAll(env, use.keys)...)
		return nil
	}
}

func (c *compiler) alias(s *Alias, sc *scope) logs.Action {
	x, y := c.storeUse(s.X, sc), c.storeUse(s.Y, sc)
	if x == nil || y == nil {
		return nil
	}
	if y.store.AliasOf != x.store {
		c.errorf(s.Y, "give it a name of its own", "this is already the name of another context")
		return nil
	}
	return func(env *logs.Env) error {
		env.Alias(x.store, evalAll(env, x.keys), y.store, evalAll(env, y.keys))
		return nil
	}
}

func (c *compiler) makeRule(s *Rule, sc *scope) logs.Action {
	r := c.rule(s, sc, true)
	c.out.Rules = append(c.out.Rules, r)
	c.storesMake = c.storesMake || c.inStore
	place := map[Place]logs.Place{
		PlaceFirst: logs.PlaceFirst, PlaceLast: logs.PlaceLast, PlaceAfter: logs.PlaceAfter,
	}[s.Place]
	return func(env *logs.Env) error { env.Make(r, place); return nil }
}

func (c *compiler) makeStore(s *Store, sc *scope) logs.Action {
	c.compileStore(s, sc, true)
	store := c.stores[s.Name.Name].store
	return func(env *logs.Env) error { env.MakeStore(store); return nil }
}

// deleteRule may name a rule that is written further down.
func (c *compiler) deleteRule(s *DeleteRule) logs.Action {
	name := s.Name.Name
	c.deleted = append(c.deleted, s.Name)
	c.deletedIn = append(c.deletedIn, c.file)
	return func(env *logs.Env) error { env.DeleteRule(name); return nil }
}

// checkDeleted reports names of rules to delete that no rule has.
func (c *compiler) checkDeleted() {
	for i, id := range c.deleted {
		if !c.deletable[id.Name] {
			c.file = c.deletedIn[i]
			c.errorf(id, meant(id.Name, keysOf(c.deletable)), "no rule is called %s", id.Name)
		}
	}
}
