package rdl

import (
	"maps"
	"slices"
	"strings"
)

// What an editor asks of the language, so that nothing else need keep lists of
// its words: forms with a line of explanation, functions and fields with their
// types, and the words by what they are, for colouring.

// A Phrase is one form of a declaration, clause, statement or step of a test.
type Phrase struct {
	Words string // with which it begins: "timing out in"
	Form  string // as messages quote it: "timing out in D"
	Doc   string // what it means, in a sentence
}

// phrases lists the forms of a construct.
func (c *construct) phrases() []Phrase {
	list := make([]Phrase, len(c.forms))
	for i, words := range c.words() {
		list[i] = Phrase{words, c.forms[i], formDocs[c.forms[i]]}
	}
	return list
}

// optionPhrases lists the options of a source or sink, by the first words of
// its declaration.
func optionPhrases(words []string) []Phrase {
	if words[0] == "sink" {
		return phrasesOf(sinkForms, sinkDocs)
	}
	kind := InputFile
	if len(words) > 1 && inputKinds[words[1]] != kind {
		kind = inputKinds[words[1]]
	}
	return phrasesOf(sourceForms(kind), sourceDocs)
}

func phrasesOf[T any](forms map[string]optionForm[T], docs map[string]string) []Phrase {
	var list []Phrase
	for _, name := range keysOf(forms) {
		list = append(list, Phrase{name, forms[name].usage, docs[name]})
	}
	return list
}

// A Function is a built-in function.
type Function struct {
	Name  string
	Usage string // how it is called: split(text, ",")
	Gives string // the type of its result, in words
	Doc   string
}

// BuiltIns lists the built-in functions by name.
func BuiltIns() []Function {
	list := []Function{{"matches", `matches(text, "pattern")`, TypeBool.String(), functionDocs["matches"]}}
	for _, name := range keysOf(builtins) {
		b := builtins[name]
		list = append(list, Function{b.name, b.usage, b.result.String(), functionDocs[b.name]})
	}
	slices.SortFunc(list, func(a, b Function) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// A FieldName is what may follow a dot behind a message or a context, or a name
// that is at hand without being declared.
type FieldName struct {
	Name string
	Type string // in words
	Doc  string
}

// MessageFields lists the fields of msg.
func MessageFields() []FieldName { return fieldNames(messageTypes, messageDocs) }

// ContextFields lists the fields of contexts and windows; in their own blocks
// they are at hand by name alone.
func ContextFields() []FieldName {
	types := map[string]Type{}
	for name, f := range contextFields {
		types[name] = f.typ
	}
	return fieldNames(types, contextDocs)
}

// StandingNames lists the names that every expression can use.
func StandingNames() []FieldName {
	return fieldNames(map[string]Type{"now": TypeTime, "msg": TypeMessage}, standingDocs)
}

func fieldNames(types map[string]Type, docs map[string]string) []FieldName {
	var list []FieldName
	for _, name := range keysOf(types) {
		list = append(list, FieldName{name, types[name].String(), docs[name]})
	}
	return list
}

// The groups of words that Words knows.
const (
	WordsDeclaration = "declaration" // rule, window, test
	WordsClause      = "clause"      // matching, max-lines
	WordsStatement   = "statement"   // print, if
	WordsStep        = "step"        // of a test: given, expect
	WordsJoint       = "joint"       // within an item: to, into, timeout
	WordsMatch       = "match"       // everything, event
	WordsOperator    = "operator"    // and, in, matches
	WordsConstant    = "constant"    // true, nil
	WordsSeverity    = "severity"    // of alerts
	WordsTime        = "time"        // noon, monday
	WordsEffect      = "effect"      // that tests expect
	WordsFunction    = "function"    // built-in
)

// Words returns the words of the language by group, each group sorted. A word
// that means several things is in several groups.
func Words() map[string][]string {
	return map[string][]string{
		WordsDeclaration: firstWords(inFile, inDuring),
		WordsClause:      without(append(firstWords(inRule, inRuleset, inContext, inWindow, inSequence), slices.Collect(maps.Keys(synonyms))...), firstWords(inFile)),
		WordsStatement:   firstWords(inBlock),
		WordsStep:        firstWords(inTest),
		WordsJoint:       joints(),
		WordsMatch:       {"event", "everything", "function", "nothing", "regexp"},
		WordsOperator:    wordOperators(),
		WordsConstant:    {"false", "nil", "true"},
		WordsSeverity:    sortedWords(severities),
		WordsTime:        sortedWords(append([]string{"cron", "midnight", "noon"}, weekdays...)),
		WordsEffect:      keysOf(effects),
		WordsFunction:    append(keysOf(builtins), "matches"),
	}
}

// firstWords lists the words with which items begin.
func firstWords(in ...*construct) []string {
	var words []string
	for _, c := range in {
		for _, f := range c.forms {
			words = append(words, firstWord(f))
		}
	}
	return sortedWords(words)
}

// joints lists the words of the language that stand within forms, not at their
// beginning. What a form holds in quotes or parentheses is no word of it.
func joints() []string {
	words := []string{"variables", "vars"}
	for _, c := range constructs {
		for _, f := range c.forms {
			_, rest, _ := strings.Cut(outsideQuotes(f), " ")
			words = append(words, strings.FieldsFunc(rest, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') })...)
		}
	}
	words = slices.DeleteFunc(words, func(w string) bool { return len(w) < 2 || starters[w] })
	return without(words, append(wordOperators(), severities...))
}

// outsideQuotes cuts what a form holds in quotes or parentheses, and words in
// capitals, which stand for something else.
func outsideQuotes(form string) string {
	var b strings.Builder
	quoted, depth := false, 0
	for i, c := range form {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '(':
			depth++
		case c == ')':
			depth--
		case !quoted && depth == 0:
			b.WriteByte(form[i])
		}
	}
	return b.String()
}

// wordOperators lists the operators that are words.
func wordOperators() []string {
	words := []string{"not", "exists"}
	for op := range operators {
		if op[0] >= 'a' {
			words = append(words, op)
		}
	}
	return sortedWords(words)
}

func sortedWords(words []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(words)))
}

func without(words, excluded []string) []string {
	return slices.DeleteFunc(sortedWords(words), func(w string) bool { return slices.Contains(excluded, w) })
}

// IsName tells whether a word may name something.
func IsName(word string) bool {
	l := lexer{src: word}
	t := l.next()
	return t.kind == tokenWord && t.text == word && !reserved(word)
}
