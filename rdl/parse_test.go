package rdl

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// readTour returns the rules that use everything.
func readTour(t testing.TB) string {
	t.Helper()
	src, err := os.ReadFile("testdata/tour.rdl")
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// mustParse parses rules that have no mistakes.
func mustParse(t testing.TB, src string) *File {
	t.Helper()
	f, errs := Parse("test.rdl", src)
	if len(errs) > 0 {
		t.Fatalf("rules:\n%s\n%v", src, errs)
	}
	return f
}

// outline writes a tree in one line: types and what is in them, without spans.
func outline(x any) string {
	var b strings.Builder
	writeOutline(&b, reflect.ValueOf(x))
	return b.String()
}

func writeOutline(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			b.WriteString("-")
		} else {
			writeOutline(b, v.Elem())
		}
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(" ")
			}
			writeOutline(b, v.Index(i))
		}
		b.WriteString("]")
	case reflect.Struct:
		b.WriteString(v.Type().Name() + "(")
		comma := ""
		for i := range v.NumField() {
			if v.Type().Field(i).Type == reflect.TypeFor[Span]() {
				continue
			}
			b.WriteString(comma)
			comma = " "
			writeOutline(b, v.Field(i))
		}
		b.WriteString(")")
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	default:
		fmt.Fprint(b, v.Interface())
	}
}

func TestTourParses(t *testing.T) {
	f := mustParse(t, readTour(t))
	if len(f.Decls) != 28 {
		t.Errorf("declarations = %d, want 28", len(f.Decls))
	}
}

// clauseOf returns the outline of the only clause of a rule.
func clauseOf(t *testing.T, clause string) string {
	t.Helper()
	rule := mustParse(t, "rule {\n"+clause+"\n}").Decls[0].(*Rule)
	if len(rule.Clauses) != 1 {
		t.Fatalf("%s: %d clauses, want 1", clause, len(rule.Clauses))
	}
	return outline(rule.Clauses[0])
}

func TestOperatorsBind(t *testing.T) {
	tests := []struct{ expr, same string }{
		{"a or b and c", "a or (b and c)"},
		{"not a and b", "(not a) and b"},
		{"not a == b", "not (a == b)"},
		{"not not a in b", "not (not (a in b))"},
		{"a + b * c - d", "(a + (b * c)) - d"},
		{"-a * b", "(-a) * b"},
		{"-a.b[0]", "-(a.b[0])"},
		{"a - -b", "a - (-b)"},
		{"a < b + 1 and c", "(a < (b + 1)) and c"},
		{"a ? b : c ? d : e", "a ? b : (c ? d : e)"},
		{"a or b ? c : d", "(a or b) ? c : d"},
		{"a in b == c", "(a in b) == c"},
		{"exists a(b) and c", "(exists a(b)) and c"},
		{"not exists a.b", "not (exists a.b)"},
		{"a\n and b\n or c", "(a and b) or c"},
	}
	for _, test := range tests {
		got := withoutParens(clauseOf(t, "where "+test.expr))
		want := withoutParens(clauseOf(t, "where "+test.same))
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", test.expr, got, want)
		}
	}
}

// withoutParens takes the Paren nodes out of an outline.
func withoutParens(outline string) string {
	var b strings.Builder
	var open []bool // whether each open bracket is a Paren's
	for i := 0; i < len(outline); i++ {
		switch c := outline[i]; {
		case strings.HasPrefix(outline[i:], "Paren("):
			open = append(open, true)
			i += len("Paren(") - 1
		case c == '(':
			open = append(open, false)
			b.WriteByte(c)
		case c == ')':
			if !open[len(open)-1] {
				b.WriteByte(c)
			}
			open = open[:len(open)-1]
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func TestMatchesBind(t *testing.T) {
	tests := []struct{ match, want string }{
		{`"a" or "b" and not "c"`, `or(a and(b not(c)))`},
		{`not "a" and "b"`, `and(not(a) b)`},
		{`("a" or "b") and "c"`, `and(paren(or(a b)) c)`},
		{`regexp x + "y" and "z"`, `and(regexp z)`},
		{`"a" # why` + "\n or # why\n \"b\"", `or(a b)`},
		{`everything and event e or function f`, `or(and(all event) function)`},
	}
	for _, test := range tests {
		rule := mustParse(t, "rule {\nmatching "+test.match+"\n}").Decls[0].(*Rule)
		if got := matchOutline(rule.Clauses[0].(*Matching).Match); got != test.want {
			t.Errorf("%s = %s, want %s", test.match, got, test.want)
		}
	}
}

func matchOutline(m Match) string {
	switch m := m.(type) {
	case *MatchPattern:
		return m.Pattern.Src
	case *MatchNot:
		return "not(" + matchOutline(m.X) + ")"
	case *MatchParen:
		return "paren(" + matchOutline(m.X) + ")"
	case *MatchBinary:
		return m.Op + "(" + matchOutline(m.X) + " " + matchOutline(m.Y) + ")"
	case *MatchRegexp:
		return "regexp"
	case *MatchEvent:
		return "event"
	case *MatchFunction:
		return "function"
	case *MatchAll:
		return "all"
	}
	return "nothing"
}

func TestSynonyms(t *testing.T) {
	tests := [][]string{
		{`matching "a"`, `match "a"`, `matches "a"`, "matching\n \"a\""},
		{`binding (a b)`, `bind (a, b)`, `binding variables (a b)`, `bind vars (a,b,)`},
		{`doing print x`, `do print x`, "doing\n print\n x"},
		{`continuing`, `continue`},
		{`storing into c(k)`, `storing c(k)`},
		{`write to "f"`, `write "f"`},
		{`with a = 1 and b = 2`, "with a = 1\n and b = 2", "with a = 1 and\n b = 2"},
		{`timing out at noon`, "timing\n out at noon"},
	}
	for _, same := range tests {
		want := clauseOf(t, same[0])
		for _, other := range same[1:] {
			if got := clauseOf(t, other); got != want {
				t.Errorf("%s\n got %s\nwant %s", other, got, want)
			}
		}
	}
}

func TestWordsAreNamesToo(t *testing.T) {
	src := `let rule = to
rule matching {
  matching "(.)(.)(.)(.)"
  binding (in for to exists)
  where in in for and exists and to matches "x" or matches
  doing {
    set once = where
    alert high
    alert low in high
    add to to in(for)
    write to to to
    delete rule
  }
}
let first = exists in [last]
`
	f := mustParse(t, src)
	where := f.Decls[1].(*Rule).Clauses[2].(*Where)
	want := `Binary("or" Binary("and" Binary("and" Binary("in" Name("in") Name("for")) Name("exists"))` +
		` Binary("matches" Name("to") Pattern(0 "x"))) Name("matches"))`
	if got := outline(where.Cond); got != want {
		t.Errorf("where\n got %s\nwant %s", got, want)
	}
}

func TestNewlinesEndClauses(t *testing.T) {
	src := `rule {
  distinct-is-no-clause-here
}
`
	if _, errs := Parse("x", src); len(errs) != 1 {
		t.Errorf("errors = %v, want 1", errs)
	}
	f := mustParse(t, `context c {
  distinct
  once
  with a = b
  lasting (
    1m
    + 2m
  )
  at most 3; at noon
  doing { print f(a,
    { k: 1,
      l: 2 }) } on full stop
}`)
	var words []string
	for _, c := range f.Decls[0].(*Store).Clauses {
		words = append(words, reflect.TypeOf(c).Elem().Name())
	}
	want := "Distinct Once With Limit Limit TimingOutAt Doing On"
	if got := strings.Join(words, " "); got != want {
		t.Errorf("clauses = %s, want %s", got, want)
	}
}

func TestElse(t *testing.T) {
	tests := []struct{ src, want string }{
		{"if a { stop }\n else { stop }", "block"},
		{"if a stop else stop", "block"},
		{"if a exec \"x\" else stop", "block"},
		{"if a { stop } else if b { stop }", "if"},
		{"if a { stop }; stop", "none"},
	}
	for _, test := range tests {
		rule := mustParse(t, "rule { doing {\n"+test.src+"\n} }").Decls[0].(*Rule)
		s := rule.Clauses[0].(*Doing).Body.Stmts[0].(*If)
		got := "none"
		switch s.Else.(type) {
		case *Block:
			got = "block"
		case *If:
			got = "if"
		}
		if got != test.want {
			t.Errorf("%s: else = %s, want %s", test.src, got, test.want)
		}
	}
}

func TestPlaceStandsBehindTheBrace(t *testing.T) {
	rule := mustParse(t, "rule { doing { rule { once } after; rule { }\n window w { length 1s } first } }").Decls[0].(*Rule)
	stmts := rule.Clauses[0].(*Doing).Body.Stmts
	if len(stmts) != 3 {
		t.Fatalf("statements = %d, want 3", len(stmts))
	}
	got := []Place{stmts[0].(*Rule).Place, stmts[1].(*Rule).Place, stmts[2].(*Store).Place}
	if want := []Place{PlaceAfter, PlaceDefault, PlaceFirst}; !reflect.DeepEqual(got, want) {
		t.Errorf("places = %v, want %v", got, want)
	}
}

// Every node's span must be the text from which it was made.
func TestSpans(t *testing.T) {
	src := "rule r {\n  where aé + b(c)[1].d == \"x{n - 1}\" # z\n}\n"
	f := mustParse(t, src)
	where := f.Decls[0].(*Rule).Clauses[0].(*Where)
	eq := where.Cond.(*Binary)
	add := eq.X.(*Binary)
	text := eq.Y.(*Text)
	for _, test := range []struct {
		node Node
		want string
	}{
		{f.Decls[0], strings.TrimSuffix(src, "\n")},
		{where, `where aé + b(c)[1].d == "x{n - 1}"`},
		{add.X, "aé"},
		{add.Y, "b(c)[1].d"},
		{add.Y.(*Field).X.(*Index).X.(*Call).Args[0], "c"},
		{text, `"x{n - 1}"`},
		{text.Parts[0], "x"},
		{text.Parts[1], "{n - 1}"},
		{text.Parts[1].X, "n - 1"},
		{f.Comments[0], "# z"},
	} {
		span := test.node.Extent()
		if got := src[span.Start:span.End]; got != test.want {
			t.Errorf("span = %q, want %q", got, test.want)
		}
	}
}

func TestNestingIsBounded(t *testing.T) {
	const deep = 100000
	for _, src := range []string{
		"let x = " + strings.Repeat("(", deep),
		"let x = " + strings.Repeat("-", deep) + "1",
		"let x = " + strings.Repeat("[", deep),
		"let x = " + strings.Repeat(`"{`, deep),
		"let x = " + strings.Repeat("f(", deep),
		"let x = " + strings.Repeat("a ? ", deep),
		"let x = " + strings.Repeat("a ? b : ", deep),
		"let x = a" + strings.Repeat(" + a", deep),
		"let x = a" + strings.Repeat(".a", deep),
		"rule { matching " + strings.Repeat("not ", deep),
		"rule { matching " + strings.Repeat("(", deep),
		`rule { matching "a"` + strings.Repeat(` or "a"`, deep) + "}",
		strings.Repeat("ruleset { ", deep),
		"rule { doing " + strings.Repeat("rule { doing ", deep),
		"rule { doing " + strings.Repeat("if a ", deep),
		"rule { doing if a stop " + strings.Repeat("else if a stop ", deep) + "}",
		strings.Repeat(`during "x" { `, deep),
	} {
		_, errs := Parse("deep.rdl", src)
		if len(errs) == 0 || len(errs) > 2 {
			t.Errorf("%.40s...: %d errors, want one or two", src, len(errs))
		}
		if text := errs.Error(); !strings.Contains(text, ": nested too deeply") && !strings.Contains(text, ": too long") {
			t.Errorf("%.40s...: %v", src, text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, src := range seeds(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		file, errs := Parse("fuzz.rdl", src)
		if file == nil || len(errs) > maxErrors+1 {
			t.Fatalf("file %v, %d errors", file, len(errs))
		}
		for _, e := range errs {
			if e.Line < 1 || e.Col < 1 || e.Width < 1 || e.Msg == "" {
				t.Errorf("error without a place: %+v", e)
			}
		}
		if text := errs.Error(); len(text) > (maxErrors+1)*4000 {
			t.Errorf("errors take %d bytes", len(text))
		}
	})
}

// BenchmarkParse reads a file of about 1000 rules.
func BenchmarkParse(b *testing.B) {
	src := strings.Repeat(readTour(b), 1000/8)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, errs := Parse("bench.rdl", src); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}

// BenchmarkParseHostile reads what no person would write; the speeds of the
// two sizes must not differ much, for parsing takes linear time.
func BenchmarkParseHostile(b *testing.B) {
	for _, piece := range []string{`"{`, "rule {\n", `during "x" { `, "x (\n", `"""`, "# x\n"} {
		for _, size := range []int{20_000, 320_000} {
			src := strings.Repeat(piece, size/len(piece))
			b.Run(fmt.Sprintf("%q/%d", piece, size), func(b *testing.B) {
				b.SetBytes(int64(len(src)))
				for b.Loop() {
					Parse("hostile.rdl", src)
				}
			})
		}
	}
}
