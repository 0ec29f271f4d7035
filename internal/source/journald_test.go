package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// exported is an entry as journalctl prints it.
func exported(n int, fields ...string) string {
	return fmt.Sprintf("__CURSOR=c%d\n__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=1\n_HOSTNAME=web1\n%s\n\n",
		n, 1795521651123456+int64(n), strings.Join(fields, "\n"))
}

// sized is a field that is not text.
func sized(name, data string) string {
	return name + "\n" + string(binary.LittleEndian.AppendUint64(nil, uint64(len(data)))) + data
}

// journalLines reads what journalctl printed, without a program.
func journalLines(out io.Reader) (lines, marks []string, err error) {
	l := newLive("journald", &Pool{Size: bytesOfLines})
	defer l.Close()
	j := &journal{Live: l}
	l.start(func() error {
		if err := j.deliverAll(out); err != nil {
			return err
		}
		return io.EOF
	})
	for {
		b, err := l.Next()
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return lines, append(marks, j.begin), err
		}
		for line := range b.Lines() {
			lines = append(lines, strings.Clone(line))
		}
		marks = append(marks, b.Mark())
	}
}

func TestJournalEntries(t *testing.T) {
	noLeaks(t)
	const stamp = "2026-11-24T12:00:51.123456Z "
	for name, c := range map[string]struct {
		fields []string
		want   string
	}{
		"usual":                  {[]string{"SYSLOG_IDENTIFIER=sshd", "_COMM=sshd-session", "_PID=19939", "MESSAGE=Invalid user a"}, "web1 sshd[19939]: Invalid user a"},
		"the kernel":             {[]string{"SYSLOG_IDENTIFIER=kernel", "MESSAGE=nfs: server x not responding"}, "web1 kernel: nfs: server x not responding"},
		"no identifier":          {[]string{"_COMM=cron", "_PID=2", "MESSAGE=a=b"}, "web1 cron[2]: a=b"},
		"no program at all":      {[]string{"MESSAGE=a"}, "web1 unknown: a"},
		"the pid that it gives":  {[]string{"SYSLOG_IDENTIFIER=x", "_PID=1", "SYSLOG_PID=7", "MESSAGE=a"}, "web1 x[7]: a"},
		"the last host counts":   {[]string{"_HOSTNAME=web2", "SYSLOG_IDENTIFIER=x", "MESSAGE=a"}, "web2 x: a"},
		"several lines":          {[]string{"SYSLOG_IDENTIFIER=x", sized("MESSAGE", "a\nforged\n\n")}, "web1 x: a forged"},
		"bytes":                  {[]string{"SYSLOG_IDENTIFIER=x", sized("MESSAGE", "\x00\xff\t")}, "web1 x:  \xff\t"},
		"an identifier that may": {[]string{sized("SYSLOG_IDENTIFIER", "x\ny"), "MESSAGE=a"}, "web1 x y: a"},
		"an empty message":       {[]string{"SYSLOG_IDENTIFIER=x", "MESSAGE="}, "web1 x: "},
		"no message":             {[]string{"SYSLOG_IDENTIFIER=x", sized("COREDUMP", "\n\n")}, ""},
		"fields that are big":    {[]string{sized("COREDUMP", strings.Repeat("\nx", 1<<20)), "A=" + strings.Repeat("x", 1<<20), "MESSAGE=a"}, "web1 unknown: a"},
	} {
		lines, _, err := journalLines(strings.NewReader(exported(0, c.fields...)))
		if c.want != "" {
			c.want = stamp + c.want
		}
		if got := strings.Join(lines, "|"); got != c.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

// TestJournalBounds: a message that is too long is cut, others are bounded.
func TestJournalBounds(t *testing.T) {
	for _, message := range []string{"MESSAGE=" + strings.Repeat("x", 2*MaxLine), sized("MESSAGE", strings.Repeat("x", 2*MaxLine))} {
		host := "_HOSTNAME=" + strings.Repeat("h", 2*maxFieldKept)
		lines, _, err := journalLines(strings.NewReader(exported(0, host, message) + exported(1, "MESSAGE=a")))
		if len(lines) != 2 || len(lines[0]) != MaxLine || err != nil || strings.Count(lines[0], "h") != maxFieldKept {
			t.Errorf("%d lines, %v", len(lines), err)
		}
	}
}

// TestJournalCutShort: whole entries come, and the next run begins behind the
// last. What is at hand is one block, with the cursor of its first entry.
func TestJournalCutShort(t *testing.T) {
	first, second := exported(1, "MESSAGE=a"), exported(2, sized("MESSAGE", "b\nc"))
	lines, marks, err := journalLines(strings.NewReader(first + second))
	if len(lines) != 2 || err != nil || !slices.Equal(marks, []string{"c1", "--after-cursor=c2"}) {
		t.Fatalf("%q, %q, %v", lines, marks, err)
	}
	for cut := range len(second) {
		lines, marks, err := journalLines(iotest.HalfReader(strings.NewReader(first + second[:cut])))
		if len(lines) != 1 || err != nil || !slices.Equal(marks, []string{"c1", "--after-cursor=c1"}) {
			t.Fatalf("cut at %d: %q, %q, %v", cut, lines, marks, err)
		}
	}
}

func TestJournalNonsense(t *testing.T) {
	for name, text := range map[string]string{
		"no field":       strings.Repeat("x", 2*maxFieldName),
		"a huge field":   "MESSAGE\n" + strings.Repeat("\xff", 8),
		"no newline":     "MESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00ab\n",
		"no stamp":       "__CURSOR=x\n\n",
		"no cursor":      "__REALTIME_TIMESTAMP=1\n\n",
		"a bad stamp":    "__CURSOR=x\n__REALTIME_TIMESTAMP=-1\n\n",
		"a stamp beyond": "__CURSOR=x\n__REALTIME_TIMESTAMP=999999999999999999\n\n",
		"and too long":   "__CURSOR=x\n__REALTIME_TIMESTAMP=" + strings.Repeat("1", 30) + "\n\n",
	} {
		lines, _, err := journalLines(strings.NewReader(exported(1, "MESSAGE=before") + text))
		if err != errExport || len(lines) != 1 {
			t.Errorf("%s: %q, %v", name, lines, err)
		}
	}
}

// stubJournal is a program that notes its arguments and prints what is in the
// file of its run: 1, 2, ... After the last it waits until it is killed.
func stubJournal(t *testing.T, runs ...string) (program string, arguments func() []string) {
	t.Helper()
	dir := t.TempDir()
	for i, run := range runs {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i+1)), []byte(run), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program = script(t, "journalctl", fmt.Sprintf(`
echo "$*" >>%[1]s/args
n=$(wc -l <%[1]s/args)
cat %[1]s/$n
[ $n -eq %[2]d ] && exec cat
echo rotated >&2
exit 1`, dir, len(runs)))
	return program, func() []string {
		args, err := os.ReadFile(filepath.Join(dir, "args"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(args)), "\n")
	}
}

// TestJournaldRestarts: it goes on behind the last entry that came whole.
func TestJournaldRestarts(t *testing.T) {
	noLeaks(t)
	program, arguments := stubJournal(t, "", exported(1, "MESSAGE=a")+exported(2, "MESSAGE=b")+exported(3, "MESSAGE=half")[:90], exported(3, "MESSAGE=c"))
	var failed []string
	j := Journald{
		Units: []string{"sshd", "cron.service"}, Program: program, Restart: time.Millisecond,
		Failed: func(err error) { failed = append(failed, err.Error()) },
	}
	l, err := j.Open("")
	opened(t, l, err)
	got := take(t, l, 3)
	closes(t, l)
	for i, want := range []string{"a", "b", "c"} {
		if want = fmt.Sprintf("2026-11-24T12:00:51.12345%dZ web1 unknown: %s", 7+i, want); got[i] != want {
			t.Errorf("%q, want %q", got[i], want)
		}
	}
	const usual = "-o export -f --no-tail -q -u sshd -u cron.service"
	if got, want := arguments(), []string{usual, usual, usual + " --after-cursor=c2"}; !slices.Equal(got, want) {
		t.Errorf("arguments %q, want %q", got, want)
	}
	if !strings.HasPrefix(failed[0], `journald: exit status 1: "rotated"; it is started again in `) {
		t.Errorf("failed %q", failed)
	}
}

// TestJournaldMarks: opened at the mark of a block, it begins with that.
func TestJournaldMarks(t *testing.T) {
	noLeaks(t)
	for _, c := range []struct {
		fromEnd    bool
		mark, want string
	}{
		{false, "", `^-o export -f --no-tail -q$`},
		{true, "", `^-o export -f --no-tail -q --since=@\d{10,}$`},
		{false, "c7", `^-o export -f --no-tail -q --cursor=c7$`},
		{true, "c7", `^-o export -f --no-tail -q --cursor=c7$`},
	} {
		program, arguments := stubJournal(t, exported(7, "MESSAGE=a"))
		l, err := Journald{Program: program, FromEnd: c.fromEnd}.Open(c.mark)
		opened(t, l, err)
		b, err := l.Next()
		if err != nil || b.Mark() != "c7" || b.From != "" {
			t.Errorf("%+v, %v", b, err)
		}
		if got := arguments(); !regexp.MustCompile(c.want).MatchString(got[0]) {
			t.Errorf("arguments %q, want %s", got, c.want)
		}
		closes(t, l)
	}
}

func TestJournaldIsNotThere(t *testing.T) {
	_, err := Journald{Program: "no-such-journalctl"}.Open("")
	if err == nil || !strings.HasPrefix(err.Error(), "journald: ") || !strings.Contains(err.Error(), "name it with its folder") {
		t.Error(err)
	}
}

// FuzzJournal: whatever is printed, no panic; and what comes does not depend
// on how it arrives.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(exported(1, "MESSAGE=a", sized("_COMM", "b\n")) + exported(2, sized("MESSAGE", "c"))))
	f.Add([]byte("__CURSOR=x\n__REALTIME_TIMESTAMP=1\nMESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00a\n\n"))
	f.Fuzz(func(t *testing.T, out []byte) {
		var e, slow entry
		in, bytewise := bufio.NewReaderSize(bytes.NewReader(out), 64), bufio.NewReaderSize(iotest.OneByteReader(bytes.NewReader(out)), 16)
		for {
			err, again := e.read(in), slow.read(bytewise)
			if err != again {
				t.Fatalf("%v, byte by byte %v", err, again)
			}
			if err != nil {
				return
			}
			if line := e.line(); !bytes.Equal(line, slow.line()) || len(line) > MaxLine+4*maxFieldKept {
				t.Fatalf("%q, byte by byte %q", line, slow.line())
			}
		}
	})
}
