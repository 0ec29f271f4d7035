package sink

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// scriptFile makes a program that is a script of the shell.
func scriptFile(t *testing.T, text string) string {
	t.Helper()
	path := t.TempDir() + "/sendmail"
	check(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700))
	return path
}

func TestSendmail(t *testing.T) {
	got := t.TempDir() + "/got"
	m, err := NewMail(MailOptions{From: "logs@example.org", Program: scriptFile(t, `echo "$@" >`+got+`; cat >>`+got)})
	check(t, err)
	check(t, m.Deliver(t.Context(), mailing()))
	args, text, _ := strings.Cut(onDisk(t, got), "\n")
	same(t, "arguments", args, "-t -i")
	header, _ := read(t, text)
	same(t, "to", header.Get("To"), `"Ops" <ops@example.org>, <root@example.org>`)
}

func TestSendmailFaults(t *testing.T) {
	for script, want := range map[string]string{
		"echo who >&2; exit 67":            `permanent mail by PROGRAM: exit status 67: "who"`,
		"exit 75":                          "retry mail by PROGRAM: exit status 75",
		"exit 1":                           "retry mail by PROGRAM: exit status 1",
		"kill $$":                          "retry mail by PROGRAM: signal: terminated",
		"yes | head -c 100000; exit 1":     `retry mail by PROGRAM: exit status 1: 'y\x0ay`,
		"sleep 100 & sleep 100":            "retry mail by PROGRAM: context deadline exceeded",
		"cat >/dev/null; sleep 3 & exit 0": "delivered ",
	} {
		program := scriptFile(t, script)
		m, err := NewMail(MailOptions{Program: program})
		check(t, err)
		limit := time.Minute
		if strings.Contains(want, "deadline") {
			limit = 100 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		err = m.Deliver(ctx, mailing())
		cancel()
		got := outcome(err) + " "
		if err != nil {
			got += strings.ReplaceAll(err.Error(), quote(program), "PROGRAM")
		}
		if !strings.HasPrefix(got, want) || len(got) > 2000 {
			t.Errorf("%s: %s, want %s", script, got, want)
		}
	}
	m, err := NewMail(MailOptions{Program: "/no/such/program"})
	check(t, err)
	same(t, "no program", outcome(m.Deliver(t.Context(), mailing())), "retry")
}
