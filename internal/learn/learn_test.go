package learn

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/when"
	"github.com/logs-rdl/logs/rdl"
)

// learnt returns a learner of lines, and the templates that each line is in.
func learnt(t testing.TB, lines []string) (*Learner, [][2]*Template) {
	t.Helper()
	stamps, err := when.NewReader(when.Options{ModTime: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	l := New()
	log := l.Log(stamps, time.UTC)
	var in [][2]*Template
	for _, line := range lines {
		all, variant := log.observe(line)
		in = append(in, [2]*Template{all, variant})
	}
	return l, in
}

func TestTemplates(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"what differs is a value", []string{
			"Oct 28 17:03:11 h sshd[1]: Invalid user ann from 192.0.2.7",
			"Oct 28 17:03:12 h sshd[2]: Invalid user bob from 2001:db8::7",
		}, "2 sshd: Invalid user {USER:user} from {IP:ip}"},
		{"numbers and addresses are values even if they do not differ", []string{
			"Accepted password for ann from 192.0.2.7 port 22 ssh2",
		}, "1 Accepted password for {USER:user} from {IP:ip} port {DIGITS:port} ssh2"},
		{"keys name their values", []string{
			"auth failed; uid=0 tty=ssh rhost=192.0.2.7 user=root",
			"auth failed; uid=7 tty=ssh rhost=web1.example.org user=kim",
		}, "2 auth failed; uid={DIGITS:uid} tty={WORD:tty} rhost={HOST:rhost} user={USER:user}"},
		{"a value that ten lines share is text", slices.Repeat([]string{"tty=ssh on 7"}, 10),
			"10 tty=ssh on {DIGITS:number}"},
		{"programs are told apart, their numbers are not", []string{
			"Oct 28 17:03:11 h a[1]: restarted", "Oct 28 17:03:11 h b[1]: restarted", "Oct 28 17:03:11 h a[2]: restarted",
		}, "2 a: restarted\n1 b: restarted"},
		{"few words that come often are told apart", slices.Repeat([]string{"the link is up again", "the link is down again"}, 4),
			"4 the link is up again\n4 the link is down again"},
		{"many are values", []string{"the car is red again", "the car is blue again", "the car is green again", "the car is white again", "the car is black again"},
			"5 the car is {WORD:word} again"},
		{"a word that stands where others have a value is one", append(slices.Repeat([]string{"talk to alpha is over now"}, 8), slices.Repeat([]string{"talk to 10.0.0.7 is over now"}, 8)...),
			"16 talk to {HOST:name} is over now"},
		{"other words are other templates", []string{"nfs server alpha is not responding", "disk one is nearly full now"},
			"1 nfs server alpha is not responding\n1 disk one is nearly full now"},
		{"other marks too", []string{"queue (main) full", "queue main full"}, "1 queue (main) full\n1 queue main full"},
		{"what stands in double quotes is one value", []string{
			`192.0.2.7 "GET / HTTP/1.1" 200`, `192.0.2.8 "POST /a b" 404`,
		}, "2 {IP:ip} {QUOTED:text} {DIGITS:number}"},
		{"stamps that are no header of syslog go too", []string{
			"[Sun Dec 04 04:47:44 2005] [error] child 7 died", "[Mon Dec 05 04:47:44 2005] [error] child 8 died",
		}, "2 [error] child {DIGITS:child} died"},
		{"blanks may differ", []string{"a  b 1", "a b 2"}, "2 a b {DIGITS:number}"},
		{"an empty line is one", []string{"", ""}, "2 "},
		{"JSON gives its message", []string{`{"msg":"took 5ms for \"x\""}`}, `1 took {DURATION:time} for {QUOTED:text}`},
	}
	for _, test := range tests {
		l, _ := learnt(t, test.lines)
		var got []string
		for _, x := range l.Templates() {
			got = append(got, fmt.Sprint(x.Count, " ", x))
		}
		if strings.Join(got, "\n") != test.want {
			t.Errorf("%s: got\n%s\nnot\n%s", test.name, strings.Join(got, "\n"), test.want)
		}
	}
}

func TestTimesAndSample(t *testing.T) {
	l, _ := learnt(t, []string{"2026-11-24T17:03:11Z a 1", "2026-11-24T17:03:09Z a 2", "2026-11-24T17:03:15Z a 3"})
	x := l.Templates()[0]
	if got := x.First.UTC().Format(time.TimeOnly) + " " + x.Last.UTC().Format(time.TimeOnly); got != "17:03:09 17:03:15" {
		t.Errorf("got %s", got)
	}
	if x.Sample != "2026-11-24T17:03:11Z a 1" {
		t.Errorf("got %q", x.Sample)
	}
}

func TestSuggest(t *testing.T) {
	tests := map[string]string{
		"Oct 28 17:03:11 l096 sshd[16651]: Invalid user a from 192.0.2.7": "Invalid user {USER:user} from {IP:ip}",
		`GET "/x" took 1.5s (200)`:                                        `GET {QUOTED:text} took {DURATION:time} \({DIGITS:number}\)`,
		"from 10.0.0.7:22 to [::1]:443":                                   `from {IP:ip}:{DIGITS:port} to \[{IP:ip_2}\]:{DIGITS:number}`,
		"a {b} 7":                                                         `a \{b\} {DIGITS:number}`,
		"":                                                                "",
	}
	for line, want := range tests {
		if got := Suggest(line); got != want {
			t.Errorf("%q: got %q, not %q", line, got, want)
		}
	}
}

func TestBounds(t *testing.T) {
	var lines []string
	for i := range 3 * maxGroups {
		lines = append(lines, fmt.Sprintf("%s is %s of %s", letters(i), letters(i+1), letters(i+2)))
	}
	l, _ := learnt(t, lines)
	all, lost := l.Lines()
	if len(l.order) > maxGroups || lost == 0 || all != len(lines) {
		t.Errorf("%d groups, %d of %d lines are lost", len(l.order), lost, all)
	}
	kept := lost
	for _, x := range l.Templates() {
		kept += x.Count
	}
	if kept != all {
		t.Errorf("%d of %d lines are accounted for", kept, all)
	}
}

// letters writes a number without digits.
func letters(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprint(n*7919))
}

func TestLongLines(t *testing.T) {
	for _, line := range []string{
		strings.Repeat("x", 1<<20), strings.Repeat("a:", 1<<19), strings.Repeat("a ", 1<<19), strings.Repeat(`"`, 1<<20), strings.Repeat("::", 1<<19),
	} {
		l, _ := learnt(t, []string{"say " + line, "say " + line})
		x := l.Templates()
		if len(x) != 1 || len(x[0].elements) > maxTokens+1 || len(x[0].String()) > 2*maxText || len(x[0].Sample) > maxSample {
			t.Errorf("%.8s...: %d templates, %d tokens", line, len(x), len(x[0].elements))
		}
	}
}

func TestTheSameLinesGiveTheSameTemplates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := drawLines(t)
		a, _ := learnt(noFatal{}, lines)
		b, _ := learnt(noFatal{}, lines)
		if Rules(a.Templates(), 1) != Rules(b.Templates(), 1) {
			t.Error("two runs differ")
		}
	})
}

// noFatal is for code that cannot fail where rapid gives no testing.TB.
type noFatal struct{ testing.TB }

func (noFatal) Helper() {}

// words of drawn logs: all kinds of values, and what is hard for patterns.
var drawn = []string{
	"user", "from", "for", "port", "failed", "error", "session", "opened", "closed", "root", "kim", "true", "nil", "msg", "count", "groups",
	"7", "-7", "4.25", "16651", "0x1f", "deadbeef01", "blk_-160899", "ssh2", "5ms", "1.5s", "2026-11-24", "17:03:11", "17:03:11,747",
	"2026-11-24T17:03:11.5+01:00", "192.0.2.7", "10.0.0.7:22", "/10.0.0.7:22", "2001:db8::7", "::1", "1:2:3:4:5:6:7:8", "fe80::", "00:1b:44:11:3a:b7",
	"kim@example.org", "x@7", "https://example.org/a?b=c", "/var/log/messages:", "/", "123e4567-e89b-12d3-a456-426614174000", "web1.example.org",
	"key=", "uid=0", "user=kim", "(a)", "[b]", "{c}", "{IP}", "<d>", `"`, `"q r"`, `\Q`, `\`, "'", "a|b", "$", "^", "...", "a.b.", "::", ":", "ß", "\xff", "\x01", "\v", "µs",
	"%", "n*", "a+b", "#1", "GET", "",
}

func drawLines(t *rapid.T) []string {
	headers := rapid.SampledFrom([]string{"", "Oct 28 17:03:11 h sshd[1]: ", "2026-11-24 17:03:11,5 - ", "<38>Oct 28 17:03:11 h a/b: ", "[Sun Dec 04 04:47:44 2005] ", `{"msg":"`})
	word := rapid.SampledFrom(drawn)
	blank := rapid.SampledFrom([]string{" ", " ", " ", " ", "  ", "\t", ""})
	var lines []string
	for range rapid.IntRange(1, 12).Draw(t, "lines") {
		line := headers.Draw(t, "header")
		for range rapid.IntRange(0, 7).Draw(t, "words") {
			line += word.Draw(t, "word") + blank.Draw(t, "blank")
		}
		if strings.HasPrefix(line, "{") {
			line += `"}`
		}
		lines = append(lines, line)
	}
	return lines
}

// The rules that are drafted load, and each matches all lines of its template.
func TestDraftedRulesMatchTheirLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkDrafts(t, drawLines(t)) })
}

type fataler interface {
	Fatalf(format string, args ...any)
}

func checkDrafts(t fataler, lines []string) {
	l, in := learnt(noFatal{}, lines)
	templates := l.Templates()
	if draft := Rules(templates, len(lines)); len(templates) > 0 {
		p := load(t, draft)
		if file, errs := rdl.Parse("draft.rdl", draft); len(errs) > 0 || rdl.Format(file) != draft {
			t.Fatalf("the draft is not in the canonical layout:\n%s", draft)
		}
		if n := len(p.Root.Members); n != len(templates) {
			t.Fatalf("%d rules for %d templates", n, len(templates))
		}
	}
	for _, x := range templates {
		engine, err := logs.New(load(t, Rules([]*Template{x}, 1)).Program, logs.Options{})
		if err != nil {
			t.Fatalf("%v", err)
		}
		n := 0
		for i, line := range lines {
			if in[i][0] == x || in[i][1] == x {
				n++
				if len(engine.Process(&logs.Message{Line: line})) != 1 {
					t.Fatalf("the rule does not match %q:\n%s", line, Rules([]*Template{x}, 1))
				}
			}
		}
		if n != x.Count {
			t.Fatalf("%s: %d lines, and it counts %d", x, n, x.Count)
		}
	}
}

func load(t fataler, rules string) *rdl.Program {
	p, err := (&rdl.Loader{}).LoadSource("draft.rdl", rules)
	if err != nil {
		t.Fatalf("the draft does not load: %v\n%s", err, rules)
	}
	return p
}

func FuzzDrafts(f *testing.F) {
	f.Add("Invalid user a from 192.0.2.7\nInvalid user b from ::1\n")
	f.Add("Oct 28 17:03:11 h sshd[1]: a=b \"c\" {d} \xff\n{\"msg\":\"x\\ty\"}")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, '\r') { // sources drop it
			return
		}
		checkDrafts(t, strings.Split(text, "\n"))
	})
}

func BenchmarkAdd(b *testing.B) {
	rnd := rand.New(rand.NewSource(1))
	var lines []string
	for range 1000 {
		lines = append(lines, fmt.Sprintf("Oct 28 17:03:11 h sshd[%d]: Invalid user %s from 192.0.2.%d port %d", rnd.Intn(9999), letters(rnd.Intn(99)), rnd.Intn(255), rnd.Intn(65535)),
			fmt.Sprintf("Oct 28 17:03:11 h kernel: nfs server %s not responding, still trying", letters(rnd.Intn(9))))
	}
	l, _ := learnt(b, nil)
	stamps, _ := when.NewReader(when.Options{})
	log := l.Log(stamps, time.UTC)
	i := 0
	for b.Loop() {
		log.Add(lines[i%len(lines)])
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
