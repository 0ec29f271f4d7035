package logs

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestShow(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain text", "Invalid user ann", "Invalid user ann"},
		{"a tab stays", "a\tb", "a\tb"},
		{"control characters", "\x1b[2J\x00\r\n\x7f", `\x1b[2J\x00\x0d\x0a\x7f`},
		{"C1 controls", "\u0080\u009b2J\u009f\u00a0", `\u0080\u009b2J\u009f` + "\u00a0"},
		{"each bad byte", "\xff\xfe", "\ufffd\ufffd"},
		{"a rune that is cut off", "\xe6\x97", "\ufffd\ufffd"},
		{"the replacement character itself", "\ufffd", "\ufffd"},
		{"a raw C1 byte is a bad byte", "\x9b", "\ufffd"},
		{"other writing", "日本 é", "日本 é"},
		{"", "", ""},
	}
	for _, test := range tests {
		if got := Show(test.in); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func FuzzShow(f *testing.F) {
	f.Add("a\tb\x1b\u009b\xff")
	f.Fuzz(func(t *testing.T, s string) {
		shown := Show(s)
		if !utf8.ValidString(shown) || strings.ContainsFunc(shown, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }) {
			t.Errorf("%q shows as %q", s, shown)
		}
		if Show(shown) != shown {
			t.Errorf("%q shows as %q, and that as %q", s, shown, Show(shown))
		}
	})
}

func TestPathPart(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "web1.log", "web1.log"},
		{"no way up", "../../etc/passwd", "etcpasswd"},
		{"no hidden file", ".bashrc", "bashrc"},
		{"dots behind slashes", "/./.../x", "x"},
		{"only dots", "..", ""},
		{"NUL and controls", "a\x00b\nc", "abc"},
		{"controls before a dot", "\x01.x", "x"},
		{"dots within stay", "a..b.", "a..b."},
	}
	for _, test := range tests {
		if got := PathPart(test.in); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func FuzzPathPart(f *testing.F) {
	f.Add("../\x00.x")
	f.Fuzz(func(t *testing.T, s string) {
		if p := PathPart(s); strings.ContainsAny(p, "/\x00\n") || strings.HasPrefix(p, ".") {
			t.Errorf("%q becomes %q", s, p)
		}
	})
}

func TestSeverities(t *testing.T) {
	for _, name := range []string{"low", "medium", "high", "critical"} {
		if s, ok := ParseSeverity(name); !ok || s.String() != name {
			t.Errorf("%s is %s", name, s)
		}
	}
	for _, name := range []string{"", "High", "panic"} {
		if s, ok := ParseSeverity(name); ok {
			t.Errorf("%q is %s", name, s)
		}
	}
}
