package rdl

import (
	"maps"
	"slices"
	"strings"
)

// A construct is what holds declarations, clauses or statements, with the
// forms of those that it may hold. The parser accepts by their first words;
// messages and hints quote them.
type construct struct {
	name   string
	forms  []string
	byWord map[string]string // first words, and their synonyms, to forms
}

func newConstruct(name string, forms ...string) *construct {
	c := &construct{name, forms, map[string]string{}}
	for _, f := range forms {
		c.byWord[firstWord(f)] = listed(c.byWord[firstWord(f)], f, " or ")
	}
	for s, word := range synonyms {
		if form, ok := c.byWord[word]; ok {
			c.byWord[s] = form
		}
	}
	return c
}

var (
	inFile = newConstruct("a file",
		`include "glob"`,
		`use "file.star"`,
		`let NAME = EXPR`,
		`pattern NAME "regular expression"`,
		`rule [NAME] { CLAUSE... }`,
		`ruleset [NAME] { CLAUSE... RULE... }`,
		`context NAME(key, ...) { CLAUSE... }`,
		`window NAME(key, ...) { CLAUSE... }`,
		`sequence NAME(key, ...) [within D] { CLAUSE... }`,
		`at TIME { STATEMENT... }`,
		`every D { STATEMENT... }`,
		`during "TIMES" { RULE... }`,
		`outside "TIMES" { RULE... }`,
		`alias X(k) as Y(j)`,
		`source [KIND] ARG... [{ OPTION... }]`,
		`sink NAME { OPTION... }`,
		`test "name" { given..., after..., expect... }`,
	)
	inDuring = newConstruct("a block of rules",
		`rule [NAME] { CLAUSE... }`,
		`ruleset [NAME] { CLAUSE... RULE... }`,
		`sequence NAME(key, ...) [within D] { CLAUSE... }`,
		`during "TIMES" { RULE... }`,
		`outside "TIMES" { RULE... }`,
	)
	inRuleset = newConstruct("a ruleset", append([]string{
		`matching MATCH`,
		`binding (a b c)`,
		`where EXPR`,
		`with NAME = EXPR [and NAME = EXPR]`,
		`doing BLOCK`,
	}, inDuring.forms...)...)
	inRule = newConstruct("a rule",
		`matching MATCH`,
		`binding (a b c)`,
		`where EXPR`,
		`with NAME = EXPR [and NAME = EXPR]`,
		`doing BLOCK`,
		`continuing`,
		`filtering MATCH`,
		`once`,
		`until MATCH`,
		`lasting D`,
		`timing out in D`,
		`timing out at TIME`,
		`on timeout BLOCK`,
		`storing into C(k)...`,
		`write to T`,
		`exec T...`,
	)
	inContext = newConstruct("a context",
		`max-lines N`,
		`min-lines N`,
		`lasting D`,
		`timing out in D`,
		`timing out at TIME`,
		`lives-after-timeout`,
		`doing BLOCK`,
		`on full BLOCK`,
		`on timeout BLOCK`,
		`distinct [EXPR]`,
		`once [per D]`,
		`at most N`,
		`at TIME`,
		`with NAME = EXPR [and NAME = EXPR]`,
	)
	inWindow   = newConstruct("a window", append([]string{`length D`}, inContext.forms...)...)
	inSequence = newConstruct("a sequence",
		`step NAME MATCH [times N]`,
		`any order`,
		`strict`,
		`doing BLOCK`,
		`missing BLOCK`,
	)
	inTest = newConstruct("a test",
		`given """LINES"""`,
		`given file "x.log"`,
		`given event NAME(k = EXPR, ...) [from "EDGE"]`,
		`after D`,
		`expect [no] EFFECT [TEXT | matching "pattern"] [N times]`,
		`expect nothing else`,
	)
	inBlock = newConstruct("a block",
		`print T`,
		`alert [low|medium|high|critical] T [{ NAME = EXPR, ... }]`,
		`write X to T`,
		`exec T...`,
		`pipe X to T...`,
		`mail X to T [subject T]`,
		`post X to T`,
		`send X to SINK`,
		`ban IP for D [with SINK]`,
		`unban IP [with SINK]`,
		`emit NAME(k = EXPR, ...)`,
		`forward NAME(k = EXPR, ...) [by k]`,
		`add X to C(k)`,
		`store into C(k)...`,
		`clear C(k)`,
		`end C(k)`,
		`delete C(k)`,
		`delete rule NAME`,
		`rule [NAME] { CLAUSE... } [first|last|before|after]`,
		`context NAME(key, ...) { CLAUSE... } [first|last|before|after]`,
		`window NAME(key, ...) { CLAUSE... } [first|last|before|after]`,
		`alias X(k) as Y(j)`,
		`stop`,
		`if EXPR BLOCK [else BLOCK]`,
		`for NAME in EXPR BLOCK`,
		`call f(...)`,
		`set NAME = EXPR`,
		`in D BLOCK`,
		`at TIME BLOCK`,
		`every D BLOCK`,
	)
	inOptions = newConstruct("the options")
)

// constructs are all that hold words of their own.
var constructs = []*construct{
	inFile, inDuring, inRuleset, inRule, inContext, inWindow, inSequence, inTest, inBlock,
}

// synonyms are the further spellings of clauses.
var synonyms = map[string]string{
	"match": "matching", "matches": "matching", "bind": "binding", "do": "doing", "continue": "continuing",
}

// starters are the first words of all forms: where one begins a line, so most
// likely does a new item.
var starters = func() map[string]bool {
	all := map[string]bool{}
	for _, c := range constructs {
		for word := range c.byWord {
			all[word] = true
		}
	}
	return all
}()

// holds tells whether an item of c may begin with word.
func (c *construct) holds(word string) bool { return c.byWord[word] != "" }

// form returns the forms that begin with word, joined; synonyms count.
func (c *construct) form(word string) string { return c.byWord[word] }

// words returns what the forms of c begin with, as one would say it: the
// words of a form up to the first that is not one of the language.
func (c *construct) words() []string {
	var words []string
	for _, f := range c.forms {
		said := ""
		for _, w := range strings.Fields(f) {
			if strings.Trim(w, "abcdefghijklmnopqrstuvwxyz-") != "" {
				break
			}
			said = listed(said, w, " ")
		}
		words = append(words, said)
	}
	return words
}

// hint tells what may stand in c in the place of word.
func (c *construct) hint(word string) string {
	var first []string
	for _, f := range c.forms {
		first = append(first, firstWord(f))
	}
	near := nearest(word, first)
	if near == "" { // a word of something else, perhaps
		near = nearest(word, append(slices.Collect(maps.Keys(starters)), "within"))
	}
	hint := c.name + " holds: " + strings.Join(c.words(), ", ")
	if near != "" {
		return didYouMean(near) + " " + hint
	}
	return hint
}

// owners names the constructs that hold word.
func owners(word string) string {
	joined := ""
	for _, c := range constructs {
		if c.holds(word) {
			joined = listed(joined, c.name, ", ")
		}
	}
	return joined
}

func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return `did you mean "` + name + `"?`
}

func firstWord(form string) string {
	word, _, _ := strings.Cut(form, " ")
	return word
}

// listed appends item to a list in one text.
func listed(list, item, separator string) string {
	if list == "" {
		return item
	}
	return list + separator + item
}
