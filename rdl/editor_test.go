package rdl

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Each form, function and field is explained, and nothing else is.
func TestEverythingIsExplained(t *testing.T) {
	forms := map[string]bool{}
	for _, c := range constructs {
		for _, p := range c.phrases() {
			forms[p.Form] = true
			if p.Doc == "" {
				t.Errorf("%s: the form %s is not explained: add it to formDocs", c.name, p.Form)
			}
		}
	}
	for form := range formDocs {
		if !forms[form] {
			t.Errorf("formDocs explains %s, which is no form", form)
		}
	}
	explained(t, "functionDocs", functionDocs, append(keysOf(builtins), "matches"))
	explained(t, "messageDocs", messageDocs, keysOf(messageTypes))
	explained(t, "sinkDocs", sinkDocs, keysOf(sinkForms))
	var options []string
	for _, kind := range append(slices.Collect(maps.Values(inputKinds)), InputFile) {
		options = append(options, keysOf(sourceForms(kind))...)
	}
	explained(t, "sourceDocs", sourceDocs, options)
	explained(t, "contextDocs", contextDocs, keysOf(contextFields))
}

func explained(t *testing.T, table string, docs map[string]string, names []string) {
	t.Helper()
	if !slices.Equal(keysOf(docs), sortedWords(names)) {
		t.Errorf("%s explains %q, and there are %q", table, keysOf(docs), names)
	}
}

// The words for colouring are those that the parser takes.
func TestWords(t *testing.T) {
	words := Words()
	for group, want := range map[string]string{
		WordsDeclaration: "rule window test during include",
		WordsClause:      "matching do max-lines timing strict step missing",
		WordsStatement:   "print if store delete stop",
		WordsStep:        "given after expect",
		WordsJoint:       "to into timeout out most subject per order times variables file nothing within",
		WordsOperator:    "and or not in exists matches startsWith",
		WordsTime:        "noon friday",
		WordsEffect:      "print alert",
		WordsFunction:    "cidr matches",
	} {
		for _, w := range strings.Fields(want) {
			if !slices.Contains(words[group], w) {
				t.Errorf("%s is missing among %s: %q", w, group, words[group])
			}
		}
	}
	for _, w := range words[WordsMatch] {
		for _, src := range []string{w, w + " x"} {
			if _, errs := Parse("x", "rule { matching "+src+" }"); len(errs) == 0 {
				w = ""
			}
		}
		if w != "" {
			t.Errorf("the parser does not take the match %s", w)
		}
	}
}

func TestSpotAt(t *testing.T) {
	cases := []struct {
		src  string // | is the place
		kind SpotKind
		has  string // a phrase, or the owner
	}{
		{"|", SpotItem, "ruleset"},
		{"ru|", SpotItem, "rule"},
		{"rule r { |", SpotItem, "matching"},
		{"rule r {\n  ma|", SpotItem, "matching"},
		{"rule r { matching \"x\"; ti|", SpotItem, "timing out in"},
		{"rule r {\n  timing out |", SpotItem, "timing out at"},
		{"rule r { on |", SpotItem, "on timeout"},
		{"rule r { once\n  |", SpotItem, "doing"},
		{"rule r { doing |", SpotItem, "print"},
		{"rule r { on timeout |", SpotItem, "alert"},
		{"rule r { doing {\n print \"x\"\n |\n} }", SpotItem, "store into"},
		{"rule r { doing { if x { |", SpotItem, "add"},
		{"rule r { doing { if x { stop } else |", SpotItem, "stop"},
		{"rule r { doing { rule { |", SpotItem, "continuing"},
		{"rule r { doing rule { |", SpotItem, "continuing"},
		{"window w(k) { |", SpotItem, "length"},
		{"sequence s { |", SpotItem, "step"},
		{"test \"x\" { |", SpotItem, "given"},
		{"during \"Sat\" { |", SpotItem, "rule"},
		{"rule { doing print \"a\" }\n|", SpotItem, "window"},
		{"rule { matching |", SpotMatch, ""},
		{"rule { matching \"a\" and |", SpotMatch, ""},
		{"rule { matching (\"a\" or |", SpotMatch, ""},
		{"sequence s { step a |", SpotMatch, ""},
		{"rule { matching event |", SpotEvent, ""},
		{"rule { matching function |", SpotFunction, ""},
		{"rule { where |", SpotValue, ""},
		{"rule { where x and us|", SpotValue, ""},
		{"rule { doing print |", SpotValue, ""},
		{"rule { doing print \"{|", SpotValue, ""},
		{"rule { doing print \"{us|}\" }", SpotValue, ""},
		{"rule { doing print \"{format(now, \"15:04\")} {|\n}", SpotValue, ""},
		{"rule { doing print \"{msg.|", SpotField, "msg"},
		{"rule { doing print scanner(ip).|", SpotField, "scanner"},
		{"rule { doing print \"a|\" }", SpotNone, ""},
		{"rule { doing print \"{a\n  |", SpotItem, "once"},
		{"rule { matching \"a {|", SpotHole, ""},
		{"rule { matching \"a {US|} b\" }", SpotHole, ""},
		{"rule { matching \"a{2,|", SpotNone, ""},
		{"rule { matching \"a {x} |", SpotNone, ""},
		{"rule { doing add msg to |", SpotStore, ""},
		{"rule { doing { store into |", SpotStore, ""},
		{"rule { where exists |", SpotStore, ""},
		{"rule { where not exists sc|", SpotStore, ""},
		{"rule { doing delete |", SpotStore, ""},
		{"rule { doing delete rule |", SpotRule, ""},
		{"rule { doing send msg to |", SpotSink, ""},
		{"rule { doing alert |", SpotSeverity, ""},
		{"test \"x\" { expect |", SpotEffect, ""},
		{"test \"x\" { expect no |", SpotEffect, ""},
		{"at |", SpotTime, ""},
		{"rule { timing out at |", SpotTime, ""},
		{"rule |", SpotNone, ""},
		{"window w(|", SpotNone, ""},
		{"rule { with |", SpotNone, ""},
		{"rule { with a = |", SpotValue, ""},
		{"# a |comment", SpotNone, ""},
		{"rule { lasting 5|", SpotNone, ""},
		{"rule { doing print f(|", SpotValue, ""},
		{"rule { doing exec \"a\" |", SpotValue, ""},
		{"source \"x\" { de|", SpotItem, "decode"},
		{"source \"x\" { follow\n|", SpotItem, "follow"},
		{"source syslog { |", SpotItem, "udp"},
		{"source stdin {\n  decode |", SpotValue, ""},
		{"sink s {\n  |", SpotItem, "webhook"},
	}
	for _, c := range cases {
		before, after, _ := strings.Cut(c.src, "|")
		s := SpotAt(before+after, len(before))
		held := c.has == s.Owner || slices.ContainsFunc(s.Phrases, func(p Phrase) bool { return p.Words == c.has })
		if s.Kind != c.kind || !held {
			t.Errorf("%q: got kind %d, owner %q, %d phrases, want %d with %q", c.src, s.Kind, s.Owner, len(s.Phrases), c.kind, c.has)
		}
	}
}

// The word at the place is what completion replaces.
func TestSpotSpan(t *testing.T) {
	for src, want := range map[string]string{
		"rule { max-li|": "max-li", "rule {\n timing out i|": "timing out i", "rule { where us|er": "us",
		"rule { doing print \"{na|}\"": "na", "rule { matching \"{IP|": "IP", "rule { where |": "",
	} {
		before, after, _ := strings.Cut(src, "|")
		s := SpotAt(before+after, len(before))
		if got := (before + after)[s.Start:s.End]; got != want {
			t.Errorf("%q: got %q, want %q", src, got, want)
		}
	}
}

// At no place of no text it fails or leaves the text.
func TestSpotAnywhere(t *testing.T) {
	all := seeds(t)
	rapid.Check(t, func(t *rapid.T) {
		src := rapid.SampledFrom(all).Draw(t, "src")
		src = src[:rapid.IntRange(0, len(src)).Draw(t, "cut")]
		at := rapid.IntRange(0, len(src)).Draw(t, "at")
		if s := SpotAt(src, at); s.Start < 0 || s.Start > s.End || s.End > len(src) {
			t.Fatalf("%q at %d gives %v", src, at, s.Span)
		}
	})
}

// Text that nests without end takes neither stack nor time.
func TestSpotInHostileText(t *testing.T) {
	for _, unit := range []string{`"{`, `(`, `{`, `rule {`, `({"`, `}`, `("x"`} {
		SpotAt("rule { doing "+strings.Repeat(unit, 200_000), 1_000_000)
		SpotAt("rule { matching "+strings.Repeat(unit, 200_000), 1_000_000)
	}
}

func TestPatternNames(t *testing.T) {
	const src = `rule { matching "\"a{2} {x}\{y} (?<ip>\S+) (?P<u>.) {INT:n} \p{L} {\"" }`
	f, errs := Parse("x", src)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	p := f.Decls[0].(*Rule).Clauses[0].(*Matching).Match.(*MatchPattern).Pattern
	var got []string
	for _, n := range p.Names() {
		if src[n.Start:n.End] != n.Name {
			t.Errorf("%s stands at %q", n.Name, src[n.Start:n.End])
		}
		got = append(got, n.Name)
	}
	if s := strings.Join(got, " "); s != "x ip u INT n" {
		t.Errorf("got %s", s)
	}
}

func TestIsName(t *testing.T) {
	for word, want := range map[string]bool{"a": true, "a-b": true, "é1": true, "a-": false, "not": false, "1a": false, "": false, "a b": false} {
		if IsName(word) != want {
			t.Errorf("%q: got %t", word, !want)
		}
	}
}
