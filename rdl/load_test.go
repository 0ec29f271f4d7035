package rdl

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/logs-rdl/logs"
)

// texts runs rules that were loaded over one line and returns what they tell.
func texts(t *testing.T, p *Program, line string) string {
	t.Helper()
	var all []string
	for _, x := range process(t, newEngine(t, p), "0 "+line) {
		all = append(all, x.Text)
	}
	return strings.Join(all, ", ")
}

func TestIncludedRulesStandInThePlaceOfTheInclude(t *testing.T) {
	p := mustLoad(t, `
rule { matching "x"; continuing; doing print "first" }
include "sub/*.rdl"
include "sub/deeper/a.rdl"
rule { matching "x"; continuing; doing print "last {lookup("bad.txt")}" }
`)
	want := "first, deeper a, deeper b, inner sub, last 10.0.0.7, 10.0.0.8"
	if got := texts(t, p, "x"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFilesAreLoadedOnceInTheOrderGiven(t *testing.T) {
	p, err := testLoader().Load("sub/deeper/b.rdl", "sub/inner.rdl", "sub/deeper/b.rdl")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := texts(t, p, "x"), "deeper b, deeper a, inner sub"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatCannotBeLoaded(t *testing.T) {
	tests := []struct{ name, rules, want string }{
		{"an include that is not there", `include "none.rdl"`, "r.rdl:1:9: there is no file none.rdl"},
		{"a pattern of files that is wrong", `include "[a.rdl"`, "r.rdl:1:9: syntax error in pattern"},
		{"a pattern that names none is fine", `include "none/*.rdl"`, ""},
		{"functions that are not there", `use "none.star"`, "r.rdl:1:5: cannot read the functions: there is no file none.star"},
		{"functions that are wrong", `use "bad.txt"`, "r.rdl:1:5: bad.txt:1:1: it is wrong"},
		{"functions named twice are fine", "use \"f.star\"\nuse \"f.star\"\ninclude \"use.rdl\"", ""},
	}
	for _, test := range tests {
		_, err := testLoader().LoadSource("r.rdl", test.rules)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if _, err := testLoader().Load("none.rdl"); err == nil || errors.As(err, new(Errors)) {
		t.Errorf("a file that is not there is no mistake in the rules: %v", err)
	}
}

func TestAllErrorsOfAllFilesAreTold(t *testing.T) {
	files["wrong.rdl"] = "rule { mtaching \"x\" }\nlet a = b"
	defer delete(files, "wrong.rdl")
	_, err := testLoader().LoadSource("r.rdl", "include \"wrong.rdl\"\nlet c = d")
	for _, want := range []string{"wrong.rdl:1:8", "wrong.rdl:2:9: nothing is called b", "r.rdl:2:9: nothing is called d"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing:\n%v", want, err)
		}
	}
}

func TestWithoutTheWorld(t *testing.T) {
	bare := &Loader{}
	for rules, want := range map[string]string{
		`include "x.rdl"`:                      "include takes a plain name",
		`use "x.star"`:                         "use takes the plain name",
		`let a = lookup("x")`:                  "lookup is not at hand here",
		`let a = env("x")`:                     "env is not at hand here",
		`let a = hostname()`:                   "hostname is not at hand here",
		`rule { matching "x"; doing print 1 }`: "",
	} {
		_, err := bare.LoadSource("r.rdl", rules)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", rules, err)
		}
	}
}

func TestTimesAreInTheZone(t *testing.T) {
	p := mustLoad(t, `
rule { matching "(.*)"; binding (x); doing print "{now} {format(now, "15:04")} {time(x)} {[now]} {join([now], "")}" }
at "10:00:05" { print "ten" }
`)
	e, err := logs.New(p.Program, logs.Options{Zone: time.FixedZone("", 2*3600)})
	if err != nil {
		t.Fatal(err)
	}
	const now = "2026-11-24T10:00:00+02:00"
	if got, want := process(t, e, "0 2026-11-24 10:00")[0].Text, now+" 10:00 "+now+" "+now+" "+now; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := process(t, e, "9"); len(got) != 1 || told(got[0]) != "5 ten" {
		t.Errorf("got %v", got)
	}
}

// What is asked for must survive the line, whose bytes are used again.
func TestEffectsOfRulesBorrowNothing(t *testing.T) {
	p := mustLoad(t, `
context c(k) { max-lines 1; doing { print k; write items to k } }
rule { matching "(?<user>\w+) (?<rest>\w+)"; doing {
  print user
  print "{user}"
  alert user { who = user, all = groups }
  write msg to user
  write groups to "f"
  write user to "f"
  exec user "{user}"
  pipe groups to user
  emit e(who = user)
  add user to c(user)
  add rest to c(user)
} }
rule { matching event e; binding (who); doing print who }
`)
	all := func(change bool) string {
		line := []byte("ann word")
		text := ""
		effects := newEngine(t, p).Process(&logs.Message{Line: unsafe.String(&line[0], len(line)), Time: second0})
		if change {
			copy(line, "########")
		}
		for _, x := range effects {
			text += told(x) + "\n"
		}
		return text
	}
	if got, want := all(true), all(false); got != want || strings.Count(got, "\n") != 11 {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Unnamed rules, timers and blocks are found again by their text.
func TestRulesThatMoveKeepTheirState(t *testing.T) {
	const a, b = `rule { matching "a"; once; doing print "a" }`, `rule { matching "a|b"; continuing; doing print "b" }`
	e := newEngine(t, mustLoad(t, a+"\n"+b))
	process(t, e, "0 a")
	e = restart(t, e, mustLoad(t, "rule { matching \"new\" }\n"+b+"\n"+strings.ReplaceAll(a, " ", "\t ")))
	if got := process(t, e, "1 a"); len(got) != 1 || got[0].Text != "b" {
		t.Errorf("got %v", got)
	}
}

func TestTheRuleThatAskedIsNamed(t *testing.T) {
	p := mustLoad(t, `rule named { matching "x"; continuing; doing print 1 }
rule { matching "x"; doing { print 2; in 1s print 3; add 1 to c } }
context c { max-lines 0; doing print 4 }
`)
	e := newEngine(t, p)
	var rules []string
	for _, line := range []string{"0 x", "2"} {
		for _, x := range process(t, e, line) {
			rules = append(rules, x.Text+" "+x.Rule)
		}
	}
	if want := []string{"1 named", "2 r.rdl:2", "4 c", "3 r.rdl:2"}; !slices.Equal(rules, want) {
		t.Errorf("got %q, want %q", rules, want)
	}
}

func TestSourcesAndSinks(t *testing.T) {
	p := mustLoad(t, `
let ops = "ops@example.org"
source "/var/log/*.log" { follow; from end; timezone "Europe/Rome"; host web1 offset -3s; host "web 2" offset 1m }
source exec "ssh" "nano" "tail" "-F" "/var/log/messages" { restart after 5s; decode syslog }
source syslog { udp ":5514"; tcp ":5514"; tls ":6514" cert "c.pem" key "k.pem" ca "a.pem"; unix "/dev/log" }
source journald { unit "sshd" "cron"; unit "nginx"; from end }
sink oncall { webhook env("HOME") as slack; alerts high; at most 5 per 10m; retry for 1h; queue 50 }
sink report { mail to ops from "logs@example.org" via "smtps://mail.example.org" }
sink mail { mail via "smtp://localhost" }
sink wall { firewall; allow "10.0.0.0/8" "::1"; allow "192.0.2.7" }
sink loghost { syslog "tcp://loghost:514"; alerts }
sink all { file "all.log"; alerts }
sink hook { exec "hook" "-v" }
`)
	rome, _ := time.LoadLocation("Europe/Rome")
	inputs := []Input{
		{Pos: "r.rdl:3", Name: "/var/log/*.log", Follow: true, FromEnd: true, Zone: rome, Offsets: map[string]time.Duration{"web1": -3 * time.Second, "web 2": time.Minute}},
		{Kind: InputExec, Pos: "r.rdl:4", Name: "ssh", Args: []string{"ssh", "nano", "tail", "-F", "/var/log/messages"}, Restart: 5 * time.Second, Format: logs.FormatSyslog},
		{Kind: InputSyslog, Pos: "r.rdl:5", Listen: []Listen{
			{Network: "udp", Addr: ":5514"}, {Network: "tcp", Addr: ":5514"},
			{Network: "tls", Addr: ":6514", Cert: "c.pem", Key: "k.pem", CA: "a.pem"}, {Network: "unix", Addr: "/dev/log"},
		}},
		{Kind: InputJournald, Pos: "r.rdl:6", Units: []string{"sshd", "cron", "nginx"}, FromEnd: true},
	}
	outputs := []Output{
		{Kind: SinkWebhook, Name: "oncall", Pos: "r.rdl:7", URL: "/the/value/of/HOME", As: "slack", Alerts: logs.High, AtMost: 5, Per: 10 * time.Minute, GiveUp: time.Hour, Capacity: 50},
		{Kind: SinkMail, Name: "report", Pos: "r.rdl:8", To: "ops@example.org", From: "logs@example.org", URL: "smtps://mail.example.org"},
		{Kind: SinkMail, Name: "mail", Pos: "r.rdl:9", URL: "smtp://localhost"},
		{Kind: SinkFirewall, Name: "wall", Pos: "r.rdl:10", Allow: []string{"10.0.0.0/8", "::1", "192.0.2.7"}},
		{Kind: SinkSyslog, Name: "loghost", Pos: "r.rdl:11", URL: "tcp://loghost:514", Alerts: logs.Low},
		{Kind: SinkFile, Name: "all", Pos: "r.rdl:12", Path: "all.log", Alerts: logs.Low},
		{Kind: SinkExec, Name: "hook", Pos: "r.rdl:13", Args: []string{"hook", "-v"}},
	}
	for i := range max(len(p.Inputs), len(inputs)) {
		if !reflect.DeepEqual(p.Inputs[i], inputs[i]) {
			t.Errorf("got  %+v\nwant %+v", p.Inputs[i], inputs[i])
		}
	}
	for i := range max(len(p.Outputs), len(outputs)) {
		if p, want := p.Outputs[i], outputs[i]; !reflect.DeepEqual(p, want) {
			t.Errorf("got  %+v\nwant %+v", p, want)
		}
	}
}

func TestSourcesAndCases(t *testing.T) {
	p := mustLoad(t, `
source stdin
source "/var/log/messages" { decode json }
let after = 10m
test "one" {
  given """
  a
    b

  c
  """
  given file "x.log"
  after after
  expect no alert "a" + "b" 2 times
  expect print matching "^a+$"
  expect nothing else
}
`)
	want := []Input{{Kind: InputStdin, Pos: "r.rdl:2"}, {Name: "/var/log/messages", Format: logs.FormatJSON, Pos: "r.rdl:3"}}
	if !reflect.DeepEqual(p.Inputs, want) {
		t.Errorf("got %+v, want %+v", p.Inputs, want)
	}
	c := p.Cases[0]
	if len(p.Cases) != 1 || c.Name != "one" || c.Pos != "r.rdl:5" || len(c.Steps) != 6 {
		t.Fatalf("got %+v", c)
	}
	if s := c.Steps; !slices.Equal(s[0].Lines, []string{"a", "  b", "", "c"}) || s[1].File != "x.log" || s[2].After != 10*time.Minute {
		t.Errorf("got %+v", s)
	}
	alert, print, nothing := c.Steps[3].Expect, c.Steps[4].Expect, c.Steps[5].Expect
	if !alert.No || alert.Kind != logs.EffectAlert || *alert.Text != "ab" || alert.Times != 2 || alert.Source != `expect no alert "a" + "b" 2 times` {
		t.Errorf("got %+v", alert)
	}
	if print.No || !print.Matches("aa") || print.Matches("ab") || !nothing.NothingElse {
		t.Errorf("got %+v and %+v", print, nothing)
	}
}

// A given file starts at the file that names it.
func TestAGivenFileIsRelative(t *testing.T) {
	files["sub/case.rdl"] = `test "t" { given file "../x.log"; expect print "a" }`
	defer delete(files, "sub/case.rdl")
	p, err := testLoader().Load("sub/case.rdl")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Cases[0].Steps[0].File; got != "x.log" {
		t.Errorf("got %q", got)
	}
}

// Events of the tier below are constants, of an edge that may be of a department.
func TestAGivenEvent(t *testing.T) {
	p := mustLoad(t, `
let net = ["192.0.2.0/24"]
test "one" {
  given event scan(ip = "192.0.2.7", n = 1 + 1, nets = net, by = nil) from "net/edge1.example.org"
  given event up from "edge2"
  given event up
  expect print
}
`)
	steps := p.Cases[0].Steps
	for i, want := range []Event{
		{Name: "scan", From: "net/edge1.example.org", Fields: []logs.Field{
			{Name: "ip", Value: logs.Text("192.0.2.7")}, {Name: "n", Value: logs.Int(2)},
			{Name: "nets", Value: logs.List([]logs.Value{logs.Text("192.0.2.0/24")})}, {Name: "by", Value: logs.Nil},
		}},
		{Name: "up", From: "local/edge2"},
		{Name: "up", From: "local/edge"},
	} {
		if got := steps[i].Event; !reflect.DeepEqual(*got, want) {
			t.Errorf("got %+v, want %+v", *got, want)
		}
	}
	for steps, want := range map[string]string{
		`given event x(1)`:                    "the values of an event have names",
		`given event x(a = now)`:              "what is given must be known when the rules are loaded",
		`given event x(a = b)`:                "nothing is called b here",
		`given event x(a = 1, a = 2)`:         "a is given twice",
		`given event x from ""`:               "an event comes from an edge",
		`given event x from "a/b/c"`:          "an event comes from an edge",
		`given event x from "/a"`:             "an event comes from an edge",
		`given event x(a = 1) from edge`:      "expected the name of an edge, in quotes",
		`given event "x"`:                     "expected the name of an event",
		`given event x(a = "{1}") from "{a}"`: "no values can stand in this text",
	} {
		_, err := (&Loader{}).LoadSource("r.rdl", "test \"t\" { "+steps+"; expect print }")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "r.rdl:1:") != 1 {
			t.Errorf("%s: %v, want %s", steps, err, want)
		}
	}
}

func TestAPatternByItself(t *testing.T) {
	files["names.rdl"] = "pattern JOB \"job-{DIGITS}\"\nrule { matching \"x\"; doing print \"y\" }"
	defer delete(files, "names.rdl")
	re, err := testLoader().Pattern("{JOB:job} from {IP}", "names.rdl")
	if err != nil || !re.MatchString("job-7 from ::1") || !slices.Equal(re.Groups(), []string{"job"}) {
		t.Errorf("got %v, %v", re, err)
	}
	for pattern, want := range map[string]string{
		"{JBO}":         "pattern:1:2: no pattern is called JBO",
		"{IP} (x":       "pattern:1:7: missing closing )",
		"{IP:a} {IP:a}": "pattern:1:9: a second group named a",
		"{server}":      "pattern:1:1: nothing is called server here",
	} {
		if _, err := testLoader().Pattern(pattern, "names.rdl"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, not %s", pattern, err, want)
		}
	}
}
