package rdl

import (
	"slices"

	"github.com/logs-rdl/logs"
)

// A storeUse is a context named in an expression: the store and its keys.
type storeUse struct {
	store *logs.Store
	keys  []typed
}

// find returns the context at run time, nil if it does not live.
func (u *storeUse) find(env *logs.Env) *logs.Context {
	return env.Find(u.store, evalAll(env, u.keys)...)
}

func evalAll(env *logs.Env, xs []typed) []logs.Value {
	if len(xs) == 0 {
		return nil
	}
	return appendAll(make([]logs.Value, 0, len(xs)), env, xs)
}

// appendAll appends the values of expressions.
func appendAll(values []logs.Value, env *logs.Env, xs []typed) []logs.Value {
	for _, x := range xs {
		values = append(values, x.eval(env))
	}
	return values
}

// fewKeys is how many keys most stores have at most.
const fewKeys = 3

// storeUse compiles NAME or NAME(key, ...) as a context.
func (c *compiler) storeUse(x Expr, sc *scope) *storeUse {
	name, args := x, []Arg(nil)
	if call, ok := x.(*Call); ok {
		name, args = call.Fun, call.Args
	}
	id, ok := name.(*Name)
	if !ok {
		c.errorf(x, "write its name and keys, as in scanner(ip)", "this is no context or window")
		return nil
	}
	info := c.stores[id.Name]
	if info == nil {
		c.errorf(id, meant(id.Name, c.storeNames()), "no context or window is called %s", id.Name)
		return nil
	}
	if len(args) != info.keys {
		c.errorf(x, "", "%s has %s, not %d", id.Name, plural(info.keys, "key"), len(args))
		return nil
	}
	use := &storeUse{store: info.store}
	for _, a := range args {
		use.keys = append(use.keys, c.expr(a.Value, sc))
	}
	return use
}

func plural(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun + "s"
	case 1:
		return "one " + noun
	}
	return itoa(n) + " " + noun + "s"
}

// storeValue compiles a context as a value: the list of what it holds, empty
// if it does not live.
func (c *compiler) storeValue(x Expr, sc *scope) typed {
	use := c.storeUse(x, sc)
	if use == nil {
		return broken
	}
	return typed{typ: TypeStore, store: use, eval: func(env *logs.Env) logs.Value {
		if ctx := use.find(env); ctx != nil {
			return ctx.Value()
		}
		return logs.List(nil)
	}}
}

func (c *compiler) exists(x *Unary, sc *scope) typed {
	use := c.storeUse(x.X, sc)
	if use == nil {
		return broken
	}
	return typed{typ: TypeBool, eval: func(env *logs.Env) logs.Value { return logs.Bool(use.find(env) != nil) }}
}

// contextFields are the fields of a context, in expressions and, by name
// alone, in its blocks.
var contextFields = map[string]struct {
	typ  Type
	read func(*logs.Context) logs.Value
}{
	"items": {TypeList, func(ctx *logs.Context) logs.Value { return logs.List(ctx.Items()) }},
	"count": {TypeInt, func(ctx *logs.Context) logs.Value { return logs.Int(int64(ctx.Count())) }},
	"first": {TypeTime, (*logs.Context).First},
	"last":  {TypeTime, (*logs.Context).Last},
	"name":  {TypeText, func(ctx *logs.Context) logs.Value { return logs.Text(ctx.Name()) }},
}

// messageTypes are the types of the parts of a message.
var messageTypes = map[string]Type{
	"line": TypeText, "time": TypeTime, "source": TypeText, "offset": TypeInt, "host": TypeText, "program": TypeText,
	"pid": TypeText, "text": TypeText, "event": TypeText, "fields": TypeMap,
}

// field compiles X.name.
func (c *compiler) field(x *Field, sc *scope) typed {
	a := c.expr(x.X, sc)
	name := x.Name.Name
	switch a.typ {
	case TypeStore:
		return c.storeField(x, a)
	case TypeMessage:
		read := logs.MessagePart(name)
		if read == nil {
			c.errorf(x.Name, meant(name, logs.MessageParts()), "a message has no field %s", name)
			return broken
		}
		return typed{typ: messageTypes[name], eval: func(env *logs.Env) logs.Value { return messageField(a.eval(env), read) }}
	case TypeMap, TypeAny:
		return fold(TypeAny, func(env *logs.Env) logs.Value { return member(a.eval(env), name) }, a)
	}
	c.errorf(x.Name, "", "%s has no fields", a.typ)
	return broken
}

func (c *compiler) storeField(x *Field, a typed) typed {
	f, ok := contextFields[x.Name.Name]
	if !ok || a.store == nil {
		c.errorf(x.Name, meant(x.Name.Name, keysOf(contextFields)), "a context has no field %s", x.Name.Name)
		return broken
	}
	empty := logs.Nil
	switch f.typ {
	case TypeInt:
		empty = logs.Int(0)
	case TypeList:
		empty = logs.List(nil)
	}
	return typed{typ: f.typ, eval: func(env *logs.Env) logs.Value {
		if ctx := a.store.find(env); ctx != nil {
			return f.read(ctx)
		}
		return empty
	}}
}

func messageField(v logs.Value, read func(*logs.Message) logs.Value) logs.Value {
	if m, ok := v.Message(); ok {
		return read(m)
	}
	return logs.Nil
}

// member returns a field of a value by name at run time: of a message, a map
// or a context; nil if it has none.
func member(v logs.Value, name string) logs.Value {
	if m, ok := v.Message(); ok {
		if read := logs.MessagePart(name); read != nil {
			return read(m)
		}
		return m.Field(name)
	}
	if ctx, ok := v.Context(); ok {
		if f, ok := contextFields[name]; ok {
			return f.read(ctx)
		}
		return logs.Nil
	}
	return v.Field(name)
}

// call compiles f(...): a built-in, a user function, or a context with keys.
func (c *compiler) call(x *Call, sc *scope) typed {
	name := x.Fun.Name
	if name == "matches" {
		return c.matchesCall(x, sc)
	}
	if b, ok := builtins[name]; ok {
		return c.builtin(x, b, sc)
	}
	if f := c.functions[name]; f != nil {
		return c.userCall(x, f, sc)
	}
	if c.stores[name] != nil {
		return c.storeValue(x, sc)
	}
	known := append(append(keysOf(builtins), keysOf(c.functions)...), c.storeNames()...)
	c.errorf(x.Fun, meant(name, known), "no function, context or window is called %s", name)
	return broken
}

func (c *compiler) builtin(x *Call, b builtin, sc *scope) typed {
	if len(x.Args) < b.least || len(x.Args) > len(b.params) {
		c.errorf(x, b.usage, "%s takes %s, not %d", b.name, arity(b.least, len(b.params)), len(x.Args))
		return broken
	}
	if b.unavailable != nil && b.unavailable(c.outside) {
		c.errorf(x, "", "%s is not at hand here", b.name)
		return broken
	}
	args := make([]typed, len(x.Args))
	for i, a := range x.Args {
		args[i] = c.exprOf(a.Value, sc, b.params[i], "argument "+itoa(i+1)+" of "+b.name)
	}
	if b.name == "lookup" && !args[0].trusted {
		c.errorf(x.Args[0].Value, "a log must never choose what is read", "the name of the file must come from the rules alone")
		return broken
	}
	run, outside, place, file := b.run, c.outside, c.pos(x), c.file.Name
	eval := func(env *logs.Env) logs.Value {
		return run(&call{env: env, args: evalAll(env, args), outside: outside, place: place, file: file})
	}
	if !b.pure {
		trusted := !slices.ContainsFunc(args, func(a typed) bool { return !a.trusted })
		return typed{typ: b.result, eval: eval, trusted: trusted && b.name != "lookup"}
	}
	t := fold(b.result, eval, args...)
	if b.reads && t.constant && t.value.IsNil() && args[len(args)-1].typ == TypeText {
		c.errorf(x, b.usage, "%s cannot read %q", b.name, args[len(args)-1].value.String())
		return broken
	}
	return t
}

func arity(least, most int) string {
	switch {
	case most < 0:
		return "at least " + plural(least, "argument")
	case least == most:
		return plural(least, "argument")
	}
	return itoa(least) + " to " + plural(most, "argument")
}

// userCall compiles the call of a user function. An error in it is a fault,
// and its value is then nil.
func (c *compiler) userCall(x *Call, f *function, sc *scope) typed {
	if len(x.Args) < f.least || f.most >= 0 && len(x.Args) > f.most {
		c.errorf(x, "", "%s takes %s, not %d", f.name, arity(f.least, f.most), len(x.Args))
		return broken
	}
	args := make([]typed, len(x.Args))
	for i, a := range x.Args {
		if a.Name != nil {
			c.errorf(a, "", "arguments of functions have no names")
		}
		args[i] = c.expr(a.Value, sc)
	}
	place := c.pos(x)
	return typed{typ: TypeAny, eval: func(env *logs.Env) logs.Value {
		return f.call(env, place, evalAll(env, args))
	}}
}

func (f *function) call(env *logs.Env, place string, args []logs.Value) logs.Value {
	v, err := env.Extension(f.module).(Caller).Call(env, f.name, args)
	if err != nil {
		env.Fault(place+": %w", err)
		return logs.Nil
	}
	return v
}

// matchesCall compiles matches(text, pattern).
func (c *compiler) matchesCall(x *Call, sc *scope) typed {
	if len(x.Args) != 2 {
		c.errorf(x, `matches(text, "pattern")`, "matches takes two arguments, not %d", len(x.Args))
		return broken
	}
	return c.matches(x.Args[0].Value, x.Args[1].Value, sc)
}

// matches compiles the test of a text against a pattern, which is either
// written there or worked out at run time.
func (c *compiler) matches(text, pattern Expr, sc *scope) typed {
	a := c.exprOf(text, sc, TypeText, "what is matched")
	if p, ok := pattern.(*Pattern); ok {
		re := c.pattern(p, sc)
		if re == nil {
			return broken
		}
		return typed{typ: TypeBool, eval: func(env *logs.Env) logs.Value {
			return logs.Bool(re.In(env, env.TextOf(a.eval(env))))
		}}
	}
	b := c.exprOf(pattern, sc, TypeText, "a pattern")
	return typed{typ: TypeBool, eval: func(env *logs.Env) logs.Value {
		return logs.Bool(env.MatchText(env.TextOf(a.eval(env)), env.TextOf(b.eval(env))))
	}}
}
