package logs

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// A decoding is a line and what is found in it. Fields are written
// name=value, one after the other with bars between.
type decoding struct {
	line                     string
	host, program, pid, text string
	fields                   string
}

func (d decoding) check(t *testing.T, f Format) {
	t.Helper()
	h, fields := decodeLine(d.line, f)
	if want := (Header{d.host, d.program, d.pid, d.text}); h != want {
		t.Errorf("%s\n got host %q program %q pid %q text %q\nwant host %q program %q pid %q text %q",
			d.line, h.Host, h.Program, h.PID, h.Text, d.host, d.program, d.pid, d.text)
	}
	if got := showDecodedFields(fields); got != d.fields {
		t.Errorf("%s\n got fields %s\nwant fields %s", d.line, got, d.fields)
	}
}

func checkDecodings(t *testing.T, f Format, table []decoding) {
	t.Helper()
	for _, d := range table {
		d.check(t, f)
	}
}

// undecoded makes the decodings of lines in which nothing is found.
func undecoded(lines ...string) (table []decoding) {
	for _, line := range lines {
		table = append(table, decoding{line: line, text: line})
	}
	return table
}

func showDecodedFields(fields []Field) string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, f.Name+"="+showDecoded(f.Value))
	}
	return strings.Join(parts, " | ")
}

// showDecoded tells apart the kinds that String does not.
func showDecoded(v Value) string {
	switch v.Kind() {
	case KindNil:
		return "nil"
	case KindText:
		return v.String()
	case KindList:
		items, _ := v.List()
		var parts []string
		for _, item := range items {
			parts = append(parts, showDecoded(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case KindMap:
		fields, _ := v.Fields()
		return "{" + showDecodedFields(fields) + "}"
	}
	return v.Kind().String() + ":" + v.String()
}

func TestDecodeSyslog(t *testing.T) {
	checkDecodings(t, FormatSyslog, []decoding{
		// program and pid
		{"Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; uid=0", "combo", "sshd(pam_unix)", "19939", "authentication failure; uid=0", ""},
		{"Oct 28 17:03:11 l096 sshd[16651]: Invalid user a from 62.123.192.212", "l096", "sshd", "16651", "Invalid user a from 62.123.192.212", ""},
		{"Jun  9 12:34:56 web1 kernel: [   12.345678] usb 1-1: new device", "web1", "kernel", "", "[   12.345678] usb 1-1: new device", ""},
		{"Jun  9 12:34:56 mx postfix/smtpd[2101]: connect from unknown[10.0.0.1]", "mx", "postfix/smtpd", "2101", "connect from unknown[10.0.0.1]", ""},
		{"Jun  9 12:34:56 tty -- root[2421]: ROOT LOGIN ON tty2", "tty", "-- root", "2421", "ROOT LOGIN ON tty2", ""},
		{"Jun  9 12:34:56 old syslogd 1.4.1: restart.", "old", "syslogd", "", "restart.", ""},
		{"Jun  9 12:34:56 dyno app[web.1]: ready", "dyno", "app", "web.1", "ready", ""},
		{"Jun  9 12:34:56 ipa sssd[be[example.org]]: Backend is online", "ipa", "sssd[be[example.org]]", "", "Backend is online", ""},
		{"Jun  9 12:34:56 ipa sssd[be[example.org]][77]: Backend is online", "ipa", "sssd[be[example.org]]", "77", "Backend is online", ""},
		{"Jun  9 12:34:56 perl Mail::Box[7]: sent", "perl", "Mail::Box", "7", "sent", ""},
		{"Jun  9 12:34:56 web1 app[7]:{\"a\": 1}", "web1", "app", "7", `{"a": 1}`, ""},
		{"Jun  9 12:34:56 web1 app[7] no colon", "web1", "app", "7", "no colon", ""},
		{"Jun  9 12:34:56 web1 app:   kept spaces ", "web1", "app", "", "  kept spaces ", ""},
		{"Jun  9 12:34:56 web1 app[7]:", "web1", "app", "7", "", ""},
		// none
		{"Jun  9 12:34:56 web1 last message repeated 3 times", "web1", "", "", "last message repeated 3 times", ""},
		{"Jun  9 12:34:56 web1 -- MARK --", "web1", "", "", "-- MARK --", ""},
		{"Jun  9 12:34:56 web1 attempt 2: failed", "web1", "", "", "attempt 2: failed", ""},
		{"Jun  9 12:34:56 web1 refused 10.0.0.1: too many", "web1", "", "", "refused 10.0.0.1: too many", ""},
		{"Jun  9 12:34:56 web1 {\"level\": \"info\"}", "web1", "", "", `{"level": "info"}`, ""},
		{"Jun  9 12:34:56 {\"level\": \"info\"}", "", "", "", `{"level": "info"}`, ""},
		{"Jun  9 12:34:56 web1", "web1", "", "", "", ""},
		{"Jun  9 12:34:56", "", "", "", "", ""},
		// stamps
		{"Jun 09 12:34:56 web1 cron: x", "web1", "cron", "", "x", ""},
		{"Jun 9 12:34:56 web1 cron: x", "web1", "cron", "", "x", ""},
		{"Jun  9 12:34:56.123456 web1 cron: x", "web1", "cron", "", "x", ""},
		{"Jun  9 2026 12:34:56 web1 cron: x", "web1", "cron", "", "x", ""},
		{"Jun  9 12:34:56 2026 web1 cron: x", "web1", "cron", "", "x", ""},
		{"Jun  9 12:34:56 20267 cron: x", "20267", "cron", "", "x", ""},
		{"2026-06-09T12:34:56.123+02:00 web1 cron[5]: x", "web1", "cron", "5", "x", ""},
		{"2026-06-09T12:34:56Z web1 cron[5]: x", "web1", "cron", "5", "x", ""},
		{"2026-06-09 12:34:56 web1 cron[5]: x", "web1", "cron", "5", "x", ""},
		{"2026-06-09T12:34:56-0700 web1 cron[5]: x", "web1", "cron", "5", "x", ""},
		// spaces
		{"Jun    9   12:34:56    web1     sshd[7]: x", "web1", "sshd", "7", "x", ""},
		{"<38>  Jun  9 12:34:56 web1 sshd[7]: x", "web1", "sshd", "7", "x", "facility=auth | severity=info"},
		// hosts
		{"Jun  9 12:34:56 sshd[7]: no host", "", "sshd", "7", "no host", ""},
		{"Jun  9 12:34:56 10.0.0.1 sshd[7]: x", "10.0.0.1", "sshd", "7", "x", ""},
		{"Jun  9 12:34:56 2001:db8::1 sshd[7]: x", "2001:db8::1", "sshd", "7", "x", ""},
		{"Jun  9 12:34:56 fe80::1%eth0 sshd[7]: x", "fe80::1%eth0", "sshd", "7", "x", ""},
		{"Jun  9 12:34:56 2001:db8:: sshd: x", "2001:db8::", "sshd", "", "x", ""},
		{"Jun  9 12:34:56 [2001:db8::1] sshd[7]: x", "[2001:db8::1]", "sshd", "7", "x", ""},
		{"Jun  9 12:34:56 src@web1/10.0.0.1 sshd[7]: x", "src@web1/10.0.0.1", "sshd", "7", "x", ""},
		// priorities
		{"<34>Oct 11 22:14:15 mymachine su: 'su root' failed", "mymachine", "su", "", "'su root' failed", "facility=auth | severity=crit"},
		{"<0>Jun  9 12:34:56 web1 kernel: panic", "web1", "kernel", "", "panic", "facility=kern | severity=emerg"},
		{"<191>Jun  9 12:34:56 web1 x: y", "web1", "x", "", "y", "facility=local7 | severity=debug"},
		{"<13>no stamp here", "", "", "", "no stamp here", "facility=user | severity=notice"},
		{"<13>sshd[7]: no stamp", "", "sshd", "7", "no stamp", "facility=user | severity=notice"},
		{"<13>Jun  9 12:34:5 web1: half a stamp", "", "", "", "Jun  9 12:34:5 web1: half a stamp", "facility=user | severity=notice"},
		{"<13>2026-06-09T12:34:56Z web1 without a program", "web1", "", "", "without a program", "facility=user | severity=notice"},
		// Cisco
		{"<189>29: *Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured", "", "%SYS-5-CONFIG_I", "", "Configured", "facility=local7 | severity=notice"},
		{"Mar  1 18:46:11 router 29: .Mar  1 18:46:10.99: %SYS-5-CONFIG_I: Configured", "router", "%SYS-5-CONFIG_I", "", "Configured", ""},
		{"%SYS-5-CONFIG_I: from the console", "", "%SYS-5-CONFIG_I", "", "from the console", ""},
		{"<13>%one-two-three,: x", "", "", "", "%one-two-three,: x", "facility=user | severity=notice"},
		{"Jun  9 2026 12:34:56: %ASA-6-302013: Built outbound", "", "%ASA-6-302013", "", "Built outbound", ""},
		{"Jun  9 2026 12:34:56 fw1 : %ASA-6-302013: Built outbound", "fw1", "%ASA-6-302013", "", "Built outbound", ""},
		{"Jun  9 12:34:56 fw %ASA-6-302013: Built outbound", "fw", "%ASA-6-302013", "", "Built outbound", ""},
		{"Jun  9 12:34:56 web1 sshd[7]: user %SYS-5-CONFIG_I: x", "web1", "sshd", "7", "user %SYS-5-CONFIG_I: x", ""},
	})
	checkDecodings(t, FormatSyslog, undecoded(
		"", " ", "hello", "sshd[7]: no stamp", "June 9 12:34:56 web1 x: y", "Jun  9 12:34:56web1 x: y", "Jun 9 12:3", "Jan",
		"<192>Jun  9 12:34:56 web1 x: y", "<>x", "<1x>y", "<", "<13",
		"2026-06-09 12:34:56,747 - INFO  [QuorumPeer] - Notification time out",
		"2026-06-09 12:34:56 UTC [123] LOG:  checkpoint starting",
		"2026-06-09 12:34:56, Info                  CBS    Loaded",
		"2026/06/09 12:34:56 [error] 123#0: *1 open failed",
		"[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok",
		"1 - - - - - no priority, no stamp",
	))
}

func TestDecodeRFC5424(t *testing.T) {
	checkDecodings(t, FormatSyslog, []decoding{
		{"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed", "mymachine.example.com", "su", "", "'su root' failed",
			"facility=auth | severity=crit | msgid=ID47"},
		{`<165>1 2003-10-11T22:14:15.003Z web1 evntslog 8710 ID47 [exampleSDID@32473 iut="3" eventSource="Application"][origin ip="10.0.0.1"] An event`,
			"web1", "evntslog", "8710", "An event",
			"facility=local4 | severity=notice | msgid=ID47 | exampleSDID@32473.iut=3 | exampleSDID@32473.eventSource=Application | origin.ip=10.0.0.1"},
		{`<13>1 - - - - - [x a="q\"b\\s\]e" b="\n"] t`, "", "", "", "t", `facility=user | severity=notice | x.a=q"b\s]e | x.b=\n`},
		{"<13>1 - - - - - - \ufeffwith a mark", "", "", "", "with a mark", "facility=user | severity=notice"},
		{"<13>1 - web1 app - - [timeQuality]", "web1", "app", "", "", "facility=user | severity=notice"},
		{"<13>1 - web1 app - - -", "web1", "app", "", "", "facility=user | severity=notice"},
		{"<13>1 - web1 app - - [] text", "web1", "app", "", "[] text", "facility=user | severity=notice"},
		{"<13>1 - web1 app - - the data is left out", "web1", "app", "", "the data is left out", "facility=user | severity=notice"},
		{`<13>1 - web1 app - - [a b="1"][broken c="2] text`, "web1", "app", "", `[a b="1"][broken c="2] text`, "facility=user | severity=notice"},
		{"<13>1 -  web1   app 7  - - x", "web1", "app", "7", "x", "facility=user | severity=notice"},
		{"1 2003-10-11T22:14:15+02:00 web1 app 7 - - from a file", "web1", "app", "7", "from a file", ""},
		{"<13>1 day left", "", "", "", "1 day left", "facility=user | severity=notice"},
	})
}

func TestDecodeJSON(t *testing.T) {
	checkDecodings(t, FormatJSON, []decoding{
		{`{"host": "web1", "app": "shop", "pid": 42, "msg": "order placed", "level": "info"}`, "web1", "shop", "42", "order placed",
			"host=web1 | app=shop | pid=int:42 | msg=order placed | level=info"},
		{`{"hostname":"web1","service":"pay","pid":"7","message":"m","log":"l"}`, "web1", "pay", "7", "m",
			"hostname=web1 | service=pay | pid=7 | message=m | log=l"},
		{`{"_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"sshd","_PID":"7","MESSAGE":"Invalid user"}`, "web1", "sshd", "7", "Invalid user",
			"_HOSTNAME=web1 | SYSLOG_IDENTIFIER=sshd | _PID=7 | MESSAGE=Invalid user"},
		{`{"host":{"name":"web1"},"service":"","logger":"db","log":"x"}`, "", "db", "", "x", "host={name=web1} | service= | logger=db | log=x"},
		{`{"n":-3,"f":2.5,"e":1e3,"big":12345678901234567890,"yes":true,"no":false,"none":null,"l":[1,"a",[]],"m":{},"msg":"x"}`, "", "", "", "x",
			"n=int:-3 | f=float:2.5 | e=float:1000 | big=float:1.2345678901234567e+19 | yes=bool:true | no=bool:false | none=nil | l=[int:1, a, []] | m={} | msg=x"},
		{`{"msg":"a \"quoted\" \\ \/ line\nend\t\u00e9\ud83d\ude00\ud83d!", "k\u0065y":"v"}`, "", "", "", "a \"quoted\" \\ / line\nend\té😀\ufffd!",
			"msg=a \"quoted\" \\ / line\nend\té😀\ufffd! | key=v"},
		{" {\t\"msg\" : \"spaced\" , \"a\" : [ 1 , 2 ] } \r", "", "", "", "spaced", "msg=spaced | a=[int:1, int:2]"},
		{"{\"msg\":\"raw \x1b[31m and \xff\"}", "", "", "", "raw \x1b[31m and \xff", "msg=raw \x1b[31m and \xff"},
		{`{"a":1,"a":2}`, "", "", "", `{"a":1,"a":2}`, "a=int:1 | a=int:2"},
		{`{"level":"info"}`, "", "", "", `{"level":"info"}`, "level=info"},
		{`{}`, "", "", "", "{}", ""},
	})
	checkDecodings(t, FormatJSON, undecoded(
		"", "{", "}", "[1]", `"a"`, "null", "Jun  9 12:34:56 web1 sshd[7]: x",
		`{"a"}`, `{"a":}`, `{"a":1`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `{"a":tru}`, `{"a":[1,]}`, `{"a":[1}`, `{"a":1} x`, `{"a":1}{"b":2}`,
		`{"a":"\q"}`, `{"a":"\u12g4"}`, `{"a":"\`, `{"a":"x`, `{"a":--1}`, `{"a":.}`, `{"a":'x'}`,
	))
}

func TestDecodeJSONBounds(t *testing.T) {
	nest := func(depth int) string {
		return `{"a":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + "}"
	}
	if _, fields := decodeLine(nest(maxDepth), FormatJSON); len(fields) != 1 {
		t.Errorf("depth %d: got %d fields, want 1", maxDepth, len(fields))
	}
	checkDecodings(t, FormatJSON, undecoded(nest(maxDepth+1), nest(1<<19), strings.Repeat(`{"a":`, 1<<17)))

	many := strings.TrimSuffix(strings.Repeat(`"k":1,`, 1000), ",")
	if _, fields := decodeLine("{"+many+"}", FormatJSON); len(fields) != maxFields {
		t.Errorf("1000 members: got %d fields, want %d", len(fields), maxFields)
	}
	items := strings.TrimSuffix(strings.Repeat("1,", 10000), ",")
	_, fields := decodeLine(`{"l":[`+items+`],"user":"eve"}`, FormatJSON)
	if got := showDecoded(fieldOf(fields, "user")); got != "eve" {
		t.Errorf("behind a long list: got user %s, want eve", got)
	}
	if l, _ := fieldOf(fields, "l").List(); len(l) != maxNested {
		t.Errorf("10000 items: got %d, want %d", len(l), maxNested)
	}
	checkDecodings(t, FormatJSON, undecoded(`{"l":[`+items+`}`))
}

func TestDecodeLogfmt(t *testing.T) {
	checkDecodings(t, FormatLogfmt, []decoding{
		{`level=info host=web1 app=shop pid=42 msg="order placed" took=12`, "web1", "shop", "42", "order placed",
			"level=info | host=web1 | app=shop | pid=42 | msg=order placed | took=12"},
		{`msg="a \"quoted\" \\ line\n\x41\u00e9" debug err=`, "", "", "", "a \"quoted\" \\ line\nAé",
			"msg=a \"quoted\" \\ line\nAé | debug=bool:true | err="},
		{`  a=1   b="2"c=3 =4 `, "", "", "", `  a=1   b="2"c=3 =4 `, "a=1 | b=2 | c=3"},
		{`url=http://x/?a=b q="no end`, "", "", "", `url=http://x/?a=b q="no end`, `url=http://x/?a=b | q=no end`},
		{`path="C:\temp\q" msg=x`, "", "", "", "x", "path=C:\temp\\q | msg=x"},
		{`msg="\`, "", "", "", `\`, `msg=\`},
		{"", "", "", "", "", ""},
	})
	if _, fields := decodeLine(strings.Repeat("a=1 ", 1000), FormatLogfmt); len(fields) != maxFields {
		t.Errorf("1000 pairs: got %d fields, want %d", len(fields), maxFields)
	}
}

func TestDecodeCEF(t *testing.T) {
	const worm = "vendor=Security | product=threatmanager | version=1.0 | signature=100 | name=worm stopped | severity=10"
	checkDecodings(t, FormatCEF, []decoding{
		{"CEF:0|Security|threatmanager|1.0|100|worm stopped|10|src=10.0.0.1 dst=2.1.2.2 spt=1232", "", "", "", "worm stopped",
			worm + " | src=10.0.0.1 | dst=2.1.2.2 | spt=1232"},
		{"Sep 19 08:26:10 fw1 CEF:0|Security|threatmanager|1.0|100|worm stopped|10|src=10.0.0.1", "fw1", "", "", "worm stopped", worm + " | src=10.0.0.1"},
		{"<134>Sep 19 08:26:10 fw1 agent[7]: CEF:0|Security|threatmanager|1.0|100|worm stopped|10|", "fw1", "agent", "7", "worm stopped",
			worm + " | facility=local0 | severity=info"},
		{"<134>1 2026-09-19T08:26:10Z fw1 agent 7 - - CEF:1|Security|threatmanager|1.0|100|worm stopped|10", "fw1", "agent", "7", "worm stopped",
			worm + " | facility=local0 | severity=info"},
		{`CEF:0|A\|B|p\\q|1|2|a \| name|High|act=blocked a \= b msg=two\nlines path=C:\\x empty= last=x `, "", "", "", "a | name",
			"vendor=A|B | product=p\\q | version=1 | signature=2 | name=a | name | severity=High | act=blocked a = b | msg=two\nlines | path=C:\\x | empty= | last=x"},
		{"CEF:0|v|p|1|2|n|3|request=http://x/?a=b&c=d cs1Label=two words  ad.field[0]=1", "", "", "", "n",
			"vendor=v | product=p | version=1 | signature=2 | name=n | severity=3 | request=http://x/?a=b&c=d | cs1Label=two words | ad.field[0]=1"},
		{"Sep 19 08:26:10 web1 sshd[7]: user CEF:0|a|b|c|d|e|f|src=1 failed", "web1", "sshd", "7", "user CEF:0|a|b|c|d|e|f|src=1 failed", ""},
		{"Sep 19 08:26:10 web1 sshd[7]: no CEF", "web1", "sshd", "7", "no CEF", ""},
	})
	checkDecodings(t, FormatCEF, undecoded("CEF:0|too|few", "CEF:", "", "x CEF:0|v|p|1|2|n|3|"))
	if _, fields := decodeLine("<13>CEF:0|v|p|1|2|n|3|"+strings.Repeat("a=1 ", 1000), FormatCEF); len(fields) != maxFields {
		t.Errorf("1000 pairs: got %d fields, want %d", len(fields), maxFields)
	}
}

func TestDecodeAutoAndNone(t *testing.T) {
	checkDecodings(t, FormatAuto, []decoding{
		{`{"msg":"x"}`, "", "", "", "x", "msg=x"},
		{"Jun  9 12:34:56 web1 sshd[7]: x", "web1", "sshd", "7", "x", ""},
	})
	checkDecodings(t, FormatAuto, undecoded(`{"msg":`, "level=info msg=x"))
	checkDecodings(t, FormatNone, undecoded("", "Jun  9 12:34:56 web1 sshd[7]: x", `{"msg":"x"}`))
}

// What is put into a syslog line comes out of it.
func TestDecodeSyslogRoundTrip(t *testing.T) {
	word := func(pattern string) *rapid.Generator[string] { return rapid.StringMatching(pattern) }
	rapid.Check(t, func(t *rapid.T) {
		d := decoding{
			host:    word(`[a-z][a-z0-9.-]{0,30}|[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}`).Draw(t, "host"),
			program: word(`[a-zA-Z][a-zA-Z0-9_./-]{0,30}(\([a-z_]+\))?`).Draw(t, "program"),
			pid:     word(`([0-9]{1,7})?`).Draw(t, "pid"),
			text:    rapid.String().Draw(t, "text"),
		}
		stamp := word(`Jun (( [1-9])|[12][0-9]) 12:34:56(\.[0-9]{1,9})?|2026-06-09[T ]12:34:56(\.[0-9]{1,9})?(Z|[+-]0[0-9]:?00)?`).Draw(t, "stamp")
		gap := word(` {1,9}`).Draw(t, "gap")
		tag := d.program
		if d.pid != "" {
			tag += "[" + d.pid + "]"
		}
		line := stamp + gap + d.host + gap + tag + ": " + d.text
		h, _ := decodeLine(line, FormatSyslog)
		if want := (Header{d.host, d.program, d.pid, d.text}); h != want {
			t.Fatalf("%q\n got %q\nwant %q", line, h, want)
		}
	})
}

// FuzzDecode looks for lines that panic, break a bound, are read in two ways
// or give text that is neither borrowed from the line nor owned.
func FuzzDecode(f *testing.F) {
	for _, line := range hostileDecodeLines() {
		f.Add(line[:min(len(line), 300)])
	}
	f.Add("<13>1 2003-10-11T22:14:15Z h a 7 m [x a=\"q\\\"\"] t")
	f.Add("<189>29: *Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured")
	f.Add(`{"a":[1,-2.5e3,{"b":"\u00e9\n"}],"msg":null}`)
	f.Add(`level=info msg="a \"q\"" debug`)
	f.Add(`<13>Jun  9 12:34:56 h CEF:0|v\||p|1|2|n|3|a=b c d\==e`)
	f.Fuzz(func(t *testing.T, line string) {
		for format := FormatAuto; format <= FormatNone; format++ {
			h, fields := decodeLine(line, format)
			again, sameFields := decodeLine(line, format)
			if h != again || showDecodedFields(fields) != showDecodedFields(sameFields) {
				t.Fatalf("format %d: two results for one line", format)
			}
			if len(fields) > maxFields {
				t.Fatalf("format %d: %d fields", format, len(fields))
			}
			checkBorrowed(t, line, Map(fields))
		}
		checkDecodedJSON(t, line)
	})
}

// checkBorrowed fails where borrowed text lies outside the line, or owned
// text in it.
func checkBorrowed(t *testing.T, line string, v Value) {
	if s, ok := v.Str(); ok && s != "" {
		at := uintptr(unsafe.Pointer(unsafe.StringData(s))) - uintptr(unsafe.Pointer(unsafe.StringData(line)))
		inside := at < uintptr(len(line))
		if _, isBorrowed := v.any.(borrowed); isBorrowed != inside {
			t.Fatalf("text %q: borrowed %v, in the line %v", s, isBorrowed, inside)
		}
	}
	items, _ := v.List()
	for _, item := range items {
		checkBorrowed(t, line, item)
	}
	fields, _ := v.Fields()
	for _, f := range fields {
		checkBorrowed(t, line, f.Value)
	}
}

// checkDecodedJSON compares with the standard library where that finds the line well
// formed. A name that comes twice, bad bytes and numbers out of range are read
// differently on purpose.
func checkDecodedJSON(t *testing.T, line string) {
	var want map[string]any
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	if !json.Valid([]byte(line)) || strings.ToValidUTF8(line, "") != line || d.Decode(&want) != nil || want == nil {
		return
	}
	if strings.Count(line, "{")+strings.Count(line, "[") > maxDepth || len(line) > maxFields {
		return
	}
	_, fields := decodeLine(line, FormatJSON)
	got := map[string]Value{}
	for _, f := range fields {
		got[f.Name] = f.Value
	}
	if len(got) != len(want) {
		t.Fatalf("%d fields, want %d", len(got), len(want))
	}
	for i, f := range fields {
		if uniqueField(fields, i) && !strings.Contains(showDecoded(f.Value), "=") && showDecoded(f.Value) != showJSONValue(want[f.Name]) {
			t.Fatalf("field %q: got %s, want %s", f.Name, showDecoded(f.Value), showJSONValue(want[f.Name]))
		}
	}
}

func uniqueField(fields []Field, i int) bool {
	for j, f := range fields {
		if j != i && f.Name == fields[i].Name {
			return false
		}
	}
	return true
}

// showJSONValue is showDecoded for what the standard library makes of a value. Maps have
// lost their order, so only empty ones are compared.
func showJSONValue(x any) string {
	switch x := x.(type) {
	case nil:
		return "nil"
	case bool:
		return fmt.Sprint("bool:", x)
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return fmt.Sprint("int:", n)
		}
		f, _ := x.Float64()
		return "float:" + strconv.FormatFloat(f, 'g', -1, 64)
	case []any:
		var parts []string
		for _, item := range x {
			parts = append(parts, showJSONValue(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		return "{}"
	}
	return x.(string)
}

// hostileDecodeLines are 1 MiB each and would take minutes in quadratic time.
func hostileDecodeLines() []string {
	const size = 1 << 20
	fill := func(head, s string) string { return head + strings.Repeat(s, size/len(s)) }
	return []string{
		fill("", " "), fill("", "["), fill("", "<"), fill("", `"`), fill("", `\`), fill("", "="),
		fill("Jun  9 12:34:56", " "), fill("Jun  9 12:34:56 ", "x"), fill("Jun  9 12:34:56 h ", "]:"), fill("Jun  9 12:34:56 h p[", "1"),
		fill("<13>", "1"), fill("<13>1 - - - - - ", "[a]"), fill("<13>1 - - - - - [a ", `b="1" `), fill("<13>1 - - - - - [a ", " "), fill(`<13>1 - - - - - [a b="`, `\\`),
		fill("{", `"a":1,`), fill(`{"a":`, "["), fill(`{"a":`, `{"a":`), fill(`{"a":[`, "[],"), fill(`{"a":"`, `\u`), fill(`{"a":`, "1"), fill(`{"a":"`, `\n`) + `"}`,
		fill("", "a= "), fill("", `a="`), fill("", `a="\`),
		fill("CEF:0|", `\|`), fill("CEF:0|", "|"), fill("CEF:0|v|p|1|2|n|3|", "a="), fill("CEF:0|v|p|1|2|n|3|", "a "), fill("CEF:0|v|p|1|2|n|3|", "a= "),
		strings.Repeat("a", size/2) + strings.Repeat("=", size/2), "CEF:0|v|p|1|2|n|3|" + strings.Repeat("a", size/2) + strings.Repeat("=", size/2),
	}
}

func TestDecodeHostileLines(t *testing.T) {
	for _, line := range hostileDecodeLines() {
		for format := FormatAuto; format <= FormatNone; format++ {
			_, fields := decodeLine(line, format)
			checkBorrowed(t, line, Map(fields))
		}
	}
}

func TestDecodingSyslogAllocatesNothing(t *testing.T) {
	line := "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; uid=0"
	if n := testing.AllocsPerRun(100, func() { decodeLine(line, FormatSyslog) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkDecode(b *testing.B) {
	const head = "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: "
	for _, c := range []struct {
		name, line string
		format     Format
	}{
		{"syslog", head + "authentication failure; uid=0", FormatAuto},
		{"syslog-1MiB", head + strings.Repeat("x", 1<<20), FormatAuto},
		{"rfc5424", `<165>1 2003-10-11T22:14:15.003Z web1 evntslog 8710 ID47 [x@1 iut="3"] An event`, FormatAuto},
		{"json", `{"time":"2026-06-09T12:34:56Z","host":"web1","app":"shop","pid":42,"level":"info","msg":"order placed"}`, FormatAuto},
		{"logfmt", `level=info host=web1 app=shop pid=42 msg="order placed" took=12`, FormatLogfmt},
		{"cef", "CEF:0|Security|threatmanager|1.0|100|worm stopped|10|src=10.0.0.1 dst=2.1.2.2 spt=1232", FormatCEF},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				decodeLine(c.line, c.format)
			}
		})
	}
}
