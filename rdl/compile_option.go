package rdl

import (
	"slices"
	"time"
)

// An optionForm is how an option of a source or sink is written, and what it
// means for a T. Some values stand by themselves, others behind a word:
//
//	tls ":6514" cert "server.pem" key "server.key"
type optionForm[T any] struct {
	usage       string
	least, most int      // values that stand by themselves
	words       []string // those behind which a value stands
	repeats     bool     // the option may be given several times
	set         func(*T, *option)
}

// anyNumber is the most of a form with any number of values.
const anyNumber = 1 << 30

// An option is one that fits its form.
type option struct {
	Option
	c     *compiler
	usage string
	first []Expr          // the values that stand by themselves
	named map[string]Expr // those behind a word
}

// compileOptions compiles options into what they belong to.
func compileOptions[T any](c *compiler, to *T, options []Option, forms map[string]optionForm[T]) {
	given := map[string]bool{}
	for _, o := range options {
		name := o.Name.Name
		form, ok := forms[name]
		switch {
		case !ok:
			c.errorf(o, meant(name, keysOf(forms)), "no option is called %s here", name)
			continue
		case given[name] && !form.repeats:
			c.errorf(o, "", "%s is given twice", name)
		}
		given[name] = true
		opened := &option{Option: o, c: c, usage: form.usage, named: map[string]Expr{}}
		if opened.sort(form.words) && len(opened.first) >= form.least && len(opened.first) <= form.most {
			form.set(to, opened)
		} else {
			c.errorf(o, form.usage, "%s takes other words", name)
		}
	}
}

// sort tells the values that stand by themselves from those behind a word; it
// returns false if something else is there.
func (o *option) sort(words []string) bool {
	for i := 0; i < len(o.Args); i++ {
		switch word, isName := o.Args[i].(*Name); {
		case isName && slices.Contains(words, word.Name):
			if i++; i == len(o.Args) || o.named[word.Name] != nil {
				return false
			}
			o.named[word.Name] = o.Args[i]
		case len(o.named) == 0:
			o.first = append(o.first, o.Args[i])
		default:
			return false
		}
	}
	return true
}

// text returns the text behind a word; "" if it is not given.
func (o *option) text(word string) string {
	if o.named[word] == nil {
		return ""
	}
	return o.c.settingOf(o.named[word], word)
}

// needs reports that a word is not given that must be.
func (o *option) needs(word string) {
	if o.named[word] == nil {
		o.c.errorf(o, o.usage, "%s lacks its %s", o.Name.Name, word)
	}
}

// texts returns the texts that stand by themselves.
func (o *option) texts() []string {
	var texts []string
	for _, x := range o.first {
		texts = append(texts, o.c.settingOf(x, "what follows "+o.Name.Name))
	}
	return texts
}

// oneOf returns the word that x is, which must be one of those known; "" if x
// is nil.
func (o *option) oneOf(x Expr, known []string) string {
	if x == nil {
		return ""
	}
	word, ok := x.(*Name)
	if !ok {
		o.c.errorf(x, o.usage, "%s takes a word here", o.Name.Name)
		return ""
	}
	if !slices.Contains(known, word.Name) {
		o.c.errorf(x, meant(word.Name, known), "%s knows no %s", o.Name.Name, word.Name)
	}
	return word.Name
}

// duration returns the duration behind a word; 0 if it is not given.
func (o *option) duration(word string) time.Duration {
	if o.named[word] == nil {
		return 0
	}
	return o.c.durationOf(o.named[word], word)
}

// settingOf compiles a text of an option: a constant, or env("NAME"), which is
// asked when the rules are loaded.
func (c *compiler) settingOf(x Expr, what string) string {
	call, ok := x.(*Call)
	if ok && call.Fun.Name == "env" && len(call.Args) == 1 && c.outside.Env != nil {
		return c.outside.Env(c.fileName(call.Args[0].Value, "the name of a variable"))
	}
	return c.fileName(x, what)
}
