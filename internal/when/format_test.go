package when

import (
	"strings"
	"testing"
	"time"
)

// Each line is read by a reader of its own, in a zone that is two hours ahead of
// UTC and with 2024 for the year.
var stamped = []struct{ format, line, want string }{
	{"rfc3164", "Jun  9 12:34:56 host sshd[1]: hello", "2024-06-09T12:34:56+02:00"},
	{"rfc3164", "Jun 09 12:34:56 host sshd[1]: hello", "2024-06-09T12:34:56+02:00"},
	{"rfc3164", "Jun 9 12:34:56 host sshd[1]: hello", "2024-06-09T12:34:56+02:00"},
	{"rfc3164", "Jun 19 12:34:56.789 host sshd[1]: hello", "2024-06-19T12:34:56.789+02:00"},
	{"rfc3164", "Jun 19 12:34:56.789 +0000 host hello", "2024-06-19T12:34:56.789Z"},
	{"rfc3164", "Jun 19 12:34:56", "2024-06-19T12:34:56+02:00"},
	{"rfc3164", "<34>Oct 11 22:14:15 mymachine su: 'su root' failed", "2024-10-11T22:14:15+02:00"},
	{"rfc3164", "<34> Oct 11 22:14:15 mymachine su", "2024-10-11T22:14:15+02:00"},
	{"rfc3164", "*Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured", "2024-03-01T18:46:11.123Z"},
	{"rfc3164", "<189>29: *Mar  1 18:46:11: %SYS-5-CONFIG_I: Configured", "2024-03-01T18:46:11+02:00"},
	{"rfc3164-year", "Jun  9 2021 12:34:56 host hello", "2021-06-09T12:34:56+02:00"},
	{"rfc3164-year", "<165>Jun 09 2021 12:34:56.5: %ASA-6-302013: Built", "2021-06-09T12:34:56.5+02:00"},
	{"rfc3164-year-last", "Jun  9 12:34:56 2021 host hello", "2021-06-09T12:34:56+02:00"},
	{"year-rfc3164", "2021 Jun  9 12:34:56 switch %ETHPORT-5", "2021-06-09T12:34:56+02:00"},
	{"weekday-rfc3164", "Wed Jun  9 12:34:56 host hello", "2024-06-09T12:34:56+02:00"},

	{"rfc3339", "<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - failed", "2003-10-11T22:14:15.003Z"},
	{"rfc3339", "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 p 8710 - - up", "2003-08-24T12:14:15.000003Z"},
	{"rfc3339", "2024-01-02T15:04:05Z hello", "2024-01-02T15:04:05Z"},
	{"rfc3339", "2024-01-02T15:04:05.123456789Z stdout F hello", "2024-01-02T15:04:05.123456789Z"},
	{"rfc3339", "2024-01-02T15:04:05.1234567891Z hello", "2024-01-02T15:04:05.123456789Z"},
	{"rfc3339", "2024-01-02T15:04:05+01:00 host hello", "2024-01-02T14:04:05Z"},
	{"rfc3339", "2024-01-02T15:04:05-0330 host hello", "2024-01-02T18:34:05Z"},
	{"rfc3339", "2024-01-02T15:04:05+01 host hello", "2024-01-02T14:04:05Z"},
	{"rfc3339", "2024-01-02 15:04:05", "2024-01-02T15:04:05+02:00"},
	{"rfc3339", "2024-01-02 15:04:05 +0100 host hello", "2024-01-02T14:04:05Z"},
	{"rfc3339", "2024-01-02 15:04:05 -12 degrees", "2024-01-02T15:04:05+02:00"},
	{"rfc3339", "2024-01-02 15:04:05 - 12 degrees", "2024-01-02T15:04:05+02:00"},
	{"rfc3339", "2015-07-29 17:41:44,747 - INFO  [main] hello", "2015-07-29T17:41:44.747+02:00"},
	{"rfc3339", "2016-09-28 04:30:30, Info                  CBS    Loaded", "2016-09-28T04:30:30+02:00"},
	{"rfc3339", "2024-01-02 15:04:05.123 UTC [4711] LOG:  ready", "2024-01-02T15:04:05.123Z"},
	{"rfc3339", "2024-01-02 15:04:05.123 CET [4711] LOG:  ready", "2024-01-02T15:04:05.123+02:00"},
	{"rfc3339", "2024-01-02T15:04:05.123456Z 0 [Note] mysqld: ready", "2024-01-02T15:04:05.123456Z"},
	{"rfc3339", "[2024-01-02T15:04:05.123] debug:  slurmctld up", "2024-01-02T15:04:05.123+02:00"},
	{"rfc3339", "\"2024-01-02 15:04:05\",\"a\",\"b\"", "2024-01-02T15:04:05+02:00"},
	{"rfc3339", "\xef\xbb\xbf2024-01-02 15:04:05 first line", "2024-01-02T15:04:05+02:00"},
	{"rfc3339", "2016-12-31T23:59:60Z leap second", "2017-01-01T00:00:00Z"},

	{"clf", `192.0.2.1 - frank [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 23`, "2000-10-10T20:55:36Z"},
	{"clf", `www.example.org [x] 2001:db8::1 - - [10/Oct/2000:13:55:36 +0000] "GET /"`, "2000-10-10T13:55:36Z"},
	{"ctime", "[Sun Dec 04 04:47:44 2005] [notice] ready", "2005-12-04T04:47:44+02:00"},
	{"ctime", "[Wed Oct 11 14:32:52.123456 2000] [core:error] no", "2000-10-11T14:32:52.123456+02:00"},
	{"date", "Mon Jan  2 15:04:05 UTC 2006 hello", "2006-01-02T15:04:05Z"},
	{"date", "Mon Jan  2 15:04:05 MST 2006 hello", "2006-01-02T15:04:05+02:00"},
	{"rfc1123", "Mon, 02 Jan 2006 15:04:05 GMT hello", "2006-01-02T15:04:05Z"},
	{"slashes", "2024/01/02 15:04:05 [error] 4711#0: *1 open() failed", "2024-01-02T15:04:05+02:00"},
	{"slashes", "2024/01/02 15:04:05.000123 main.go:12: hello", "2024-01-02T15:04:05.000123+02:00"},

	{"epoch", "1157689312.049   5006 192.0.2.1 TCP_MISS/200", "2006-09-08T04:21:52.049Z"},
	{"epoch", "1157689312 hello", "2006-09-08T04:21:52Z"},
	{"epoch", "1157689312049 hello", "2006-09-08T04:21:52.049Z"},
	{"epoch", "1157689312049123 hello", "2006-09-08T04:21:52.049123Z"},
	{"epoch", "1157689312049123456 hello", "2006-09-08T04:21:52.049123456Z"},
	{"epoch", "[1157689312] CURRENT SERVICE STATE", "2006-09-08T04:21:52Z"},
	{"audit", "type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e", "2013-03-28T14:36:03.243Z"},
	{"glog", "I0102 15:04:05.000001   12345 main.go:12] hello", "2024-01-02T15:04:05.000001+02:00"},
	{"glog-year", "E20230102 15:04:05.000001   12345 main.cc:12] hello", "2023-01-02T15:04:05.000001+02:00"},
	{"logcat", "03-17 16:13:38.811  1702  2395 D WindowManager: hello", "2024-03-17T16:13:38.811+02:00"},
	{"hdfs", "081109 203615 148 INFO dfs.DataNode: hello", "2008-11-09T20:36:15+02:00"},
	{"mysql", "070202  9:04:05 [Note] ready", "2007-02-02T09:04:05+02:00"},
	{"bgl", "- 1117838570 2005.06.03 R02-M1 2005-06-03-15.42.50.675872 R02-M1 RAS KERNEL", "2005-06-03T22:42:50Z"},
	{"bgl", "KERNDTLB 1117838570 2005.06.03 R02-M1 2005-06-03-15.42.50.675872 R02-M1 RAS", "2005-06-03T22:42:50Z"},
	{"bgl", "- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond: hello", "2005-11-09T20:01:01Z"},
	{"db2", "2005-06-03-15.42.50.675872 R02-M1", "2005-06-03T15:42:50.675872+02:00"},
	{"us", "04/05/2005 12:00:00;E;17.server;user=a", "2005-04-05T12:00:00+02:00"},
	{"us-noon", "04/05/2005 12:00:01 AM started", "2005-04-05T00:00:01+02:00"},
	{"us-noon", "04/05/2005 1:00:01 PM started", "2005-04-05T13:00:01+02:00"},
	{"eu-slashes", "25/12/2005 12:00:00 started", "2005-12-25T12:00:00+02:00"},
	{"eu-dots", "25.12.2005 12:00:00 started", "2005-12-25T12:00:00+02:00"},
	{"dots", "2005.12.25 12:00:00 started", "2005-12-25T12:00:00+02:00"},
	{"spark", "17/06/09 20:10:40 INFO executor: hello", "2017-06-09T20:10:40+02:00"},
	{"day-month-dashes", "02-Jan-2024 15:04:05.123 INFO [main] started", "2024-01-02T15:04:05.123+02:00"},
	{"day-month-dashes", "[02-Jan-2024 15:04:05 UTC] PHP Warning: hello", "2024-01-02T15:04:05Z"},
	{"month-day-noon", "Jan 02, 2024 3:04:05 PM org.example.Main main", "2024-01-02T15:04:05+02:00"},
	{"healthapp", "20171223-22:15:29:606|Step_LSC|30002312|hello", "2017-12-23T22:15:29.606+02:00"},
	{"healthapp", "20171224-0:7:20:444|Step_LSC|30002312|hello", "2017-12-24T00:07:20.444+02:00"},
	{"month-day-dots", "[10.30 16:49:06] chrome.exe - proxy open", "2024-10-30T16:49:06+02:00"},
	{"basic", "20240102T150405Z hello", "2024-01-02T15:04:05Z"},
	{"digits", "20240102150405 hello", "2024-01-02T15:04:05+02:00"},

	{"json", `{"level":"info","ts":"2024-01-02T15:04:05Z","msg":"hello"}`, "2024-01-02T15:04:05Z"},
	{"json", `{"level":"info","ts":1704207845.123,"msg":"hello"}`, "2024-01-02T15:04:05.123Z"},
	{"json", `{"level":30,"time":1704207845123,"pid":1}`, "2024-01-02T15:04:05.123Z"},
	{"json", `{"msg":"\"time\":\"2001-01-01T00:00:00Z\"", "time" : "2024-01-02T15:04:05Z"}`, "2024-01-02T15:04:05Z"},
	{"json", `{"job":{"time":"2001-01-01T00:00:00Z"},"@timestamp":"2024-01-02T15:04:05Z"}`, "2024-01-02T15:04:05Z"},
	{"json", `{"t":{"$date":"2024-01-02T15:04:05.000+00:00"},"s":"I"}`, "2024-01-02T15:04:05Z"},
	{"json", `{"log":"` + strings.Repeat("x", 10000) + `","stream":"stdout","time":"2024-01-02T15:04:05Z"}`, "2024-01-02T15:04:05Z"},
	{"logfmt", `time="2024-01-02T15:04:05Z" level=info msg="hello"`, "2024-01-02T15:04:05Z"},
	{"logfmt", `level=info msg="time=2001-01-01T00:00:00Z" ts=2024-01-02T15:04:05.5Z`, "2024-01-02T15:04:05.5Z"},

	{"rfc3339-in-text", "INFO  2024-01-02 15:04:05,678 [main] hello", "2024-01-02T15:04:05.678+02:00"},
	{"rfc3339-in-text", "nova.log.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO hello", "2017-05-16T00:00:00.008+02:00"},
	{"rfc3339-in-text", "https 2018-07-02T22:23:00.186641Z app/lb 192.0.2.1", "2018-07-02T22:23:00.186641Z"},
	{"day-month-in-text", "4711:M 02 Jan 2024 15:04:05.123 * Ready to accept connections", "2024-01-02T15:04:05.123+02:00"},
}

func readOne(t *testing.T, line string) (*Reader, time.Time, bool) {
	t.Helper()
	r, err := NewReader(Options{Zone: time.FixedZone("", 2*3600), Year: 2024})
	if err != nil {
		t.Fatal(err)
	}
	ns, ok := r.Read(line)
	return r, time.Unix(0, ns), ok
}

func TestFormatsAreFound(t *testing.T) {
	for _, test := range stamped {
		want, err := time.Parse(time.RFC3339Nano, test.want)
		if err != nil {
			t.Fatal(err)
		}
		r, got, ok := readOne(t, test.line)
		if !ok || !got.Equal(want) || r.Format() != test.format {
			t.Errorf("%.80s\n\tis %s in format %q, %v; want %s in %q", test.line, got.UTC(), r.Format(), ok, want.UTC(), test.format)
		}
	}
}

func TestTextIsNoStamp(t *testing.T) {
	for _, line := range []string{
		"",
		" ",
		"\tat java.net.SocketInputStream.read(SocketInputStream.java:150)",
		"error 404 at 12:34:56",
		"version 2024-01-02 released",
		"2024-13-02 15:04:05 no such month",
		"2024-02-30 15:04:05 no such day",
		"2023-02-29 15:04:05 no such day",
		"2024-01-02 24:04:05 no such hour",
		"2024-01-02 15:60:05 no such minute",
		"2024-01-02 15:04:61 no such second",
		"2024-01-02 15:04:0 cut",
		"12024-01-02 15:04:05",
		"2024-01-02 15:04:05x",
		"1677-12-31 23:59:59 before all years",
		"2262-01-01 00:00:00 after all years",
		"9999999999999999999 ns are beyond them too",
		"Foo 12 12:34:56 host",
		"[12345.678901] usb 1-1: new device",
		"115768931 hello",
		`{"msg":"time","level":"2024-01-02T15:04:05Z"}`,
		`{"time`,
		`{"time":`,
		`{"time":"`,
		`{"a":{"time":"2024-01-02T15:04:05Z"}}`,
		"msg=hello time=",
		"item 1157689312 sold",
		strings.Repeat("x ", 70) + "2024-01-02 15:04:05 too far in",
		strings.Repeat("{", 5000),
		strings.Repeat("[", 5000),
		strings.Repeat("9", 5000),
	} {
		if r, got, ok := readOne(t, line); ok {
			t.Errorf("%.60q is read as %s in format %q", line, got.UTC(), r.Format())
		}
	}
}

// Every name can be asked for, and says so for the lines that it is found in.
func TestFormatsByName(t *testing.T) {
	for _, test := range stamped {
		r, err := NewReader(Options{Layout: test.format, Zone: time.FixedZone("", 2*3600), Year: 2024})
		if err != nil {
			t.Fatal(err)
		}
		ns, ok := r.Read(test.line)
		if want, _ := time.Parse(time.RFC3339Nano, test.want); !ok || ns != want.UnixNano() {
			t.Errorf("%s: %.60s is %s, %v", test.format, test.line, time.Unix(0, ns).UTC(), ok)
		}
	}
}

func FuzzFormats(f *testing.F) {
	for _, test := range stamped {
		f.Add(test.line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for i := range formats {
			var s Stamp
			if !formats[i].parse(line, &s) {
				continue
			}
			if s.Nanos < 0 || s.Nanos >= 1e9 || int(s.end) > len(line) || s.fraction > s.fractionEnd || s.fractionEnd > s.end || s.clock > s.fraction {
				t.Errorf("%s reads %q as %+v", formats[i].name, line, s)
			}
		}
	})
}
