package logs

import (
	"slices"
	"strings"
)

// A syslog line is read from the left, and no part must be there but the
// stamp or the priority:
//
//	<38>    Jun  9 12:34:56   combo   sshd(pam_unix)[19939]:   check pass
//	PRI     STAMP             HOST    PROGRAM        PID       TEXT
//
// That is RFC 3164 as it was written down after the fact, and what others
// made of it. Lines of RFC 5424 are told apart by the version behind the
// priority.

// The start of a line is short: what is longer is no host or program, and
// does not make a line of 1 MiB dear.
const (
	maxWord = 255 // bytes of a host or program
	maxGap  = 64  // spaces between two parts
)

var facilities = [...]string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}

var severities = [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}

// decodeSyslog reads a line of either RFC. A line that is no syslog is all
// text.
func decodeSyslog(line string) (Header, []Field) {
	fields, rest := cutPriority(line)
	if body, ok := strings.CutPrefix(rest, "1 "); ok {
		if h, all, ok := decodeRFC5424(body, fields); ok {
			return h, all
		}
	}
	h, ok := decodeRFC3164(skipSpaces(rest), fields != nil)
	if !ok {
		return Header{Text: line}, nil
	}
	return h, fields
}

// decodeRFC3164 reads what follows the priority. Without one there must be a
// stamp or one of Cisco's mnemonics; many programs start their own logs with
// an ISO stamp, so behind that there must be a program too.
func decodeRFC3164(s string, priority bool) (h Header, ok bool) {
	if h, ok := cutMnemonic(s); ok {
		return h, true
	}
	rest, classic := cutClassic(s)
	if !classic {
		var iso bool
		if rest, iso = cutISO(s); !iso {
			h, _ = cutTag(s)
			return h, priority
		}
	}
	if rest != "" && rest[0] != ' ' {
		return Header{Text: s}, priority
	}
	h, tagged := cutOrigin(skipSpaces(rest))
	return h, classic || priority || tagged
}

// cutPriority cuts <PRI> and makes fields of it.
func cutPriority(line string) ([]Field, string) {
	end := strings.IndexByte(line[:min(len(line), len("<191>"))], '>')
	if end < 2 || line[0] != '<' {
		return nil, line
	}
	pri := 0
	for _, c := range []byte(line[1:end]) {
		if !isDigit(c) {
			return nil, line
		}
		pri = pri*10 + int(c-'0')
	}
	if pri >= 8*len(facilities) {
		return nil, line
	}
	return []Field{{"facility", Text(facilities[pri/8])}, {"severity", Text(severities[pri%8])}}, line[end+1:]
}

// cutOrigin reads what follows the stamp, and tells whether a program is
// named. A local program's own line may lack the host.
func cutOrigin(s string) (h Header, tagged bool) {
	if h, tagged = cutTag(s); tagged {
		return h, true
	}
	host, rest := cutWord(s)
	if !isHost(host) {
		return Header{Text: s}, false
	}
	if h, tagged = cutMnemonic(rest); !tagged {
		h, tagged = cutTag(rest)
	}
	if !tagged {
		h, tagged = cutVersioned(rest)
	}
	h.Host = host
	return h, tagged
}

// cutTag reads the program, its pid and the text. Usual are
//
//	sshd[19939]: text    kernel: text    su(pam_unix)[123] text    -- root[123]: text
func cutTag(s string) (Header, bool) {
	dashes := 0
	if strings.HasPrefix(s, "-- ") { // login's
		dashes = len("-- ")
	}
	n := tagSize(s[dashes:])
	if n == 0 {
		return Header{Text: s}, false
	}
	program, pid := splitPID(s[:dashes+n])
	text := strings.TrimPrefix(s[dashes+n:], ":")
	return Header{Program: program, PID: pid, Text: strings.TrimPrefix(text, " ")}, true
}

// tagSize measures program[pid], without the colon; 0 if s starts otherwise.
// Behind ]: the text may follow without a space.
func tagSize(s string) int {
	s = s[:min(len(s), maxWord)]
	if n := strings.IndexByte(s, ' '); n >= 0 {
		s = s[:n]
	}
	if i := strings.Index(s, "]:"); i >= 0 {
		s = s[:i+1]
	} else if named, ok := strings.CutSuffix(s, ":"); ok && !strings.HasSuffix(named, ":") { // an address may end with ::
		s = named
	} else if !strings.HasSuffix(s, "]") {
		return 0
	}
	if strings.HasPrefix(s, "[") || strings.ContainsAny(s, "\"'{}<>=,;|") {
		return 0
	}
	return len(s)
}

// splitPID splits program[pid]. What stands in inner brackets, as in
// sssd[be[example.org]], is part of the program.
func splitPID(tag string) (program, pid string) {
	i := strings.LastIndexByte(tag, '[')
	inner, ok := strings.CutSuffix(tag[i+1:], "]")
	if i < 1 || !ok || inner == "" || strings.Contains(inner, "]") {
		return tag, ""
	}
	return tag[:i], inner
}

// cutVersioned reads a program that gives its version too:
//
//	syslogd 1.4.1: restart.
func cutVersioned(s string) (Header, bool) {
	program, rest := cutWord(s)
	version, text := cutWord(rest)
	number, ok := strings.CutSuffix(version, ":")
	dots := strings.Count(number, ".")
	if !ok || dots < 1 || dots > 2 || strings.Trim(number, "0123456789.") != "" {
		return Header{Text: s}, false
	}
	return Header{Program: program, Text: text}, true
}

// cutMnemonic reads the line of a Cisco device, where a mnemonic stands for
// the program. Before it may be a sequence number, a stamp and a zone.
//
//	29: *Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured from console
func cutMnemonic(s string) (Header, bool) {
	if strings.IndexByte(s[:min(len(s), maxWord)], '%') < 0 {
		return Header{}, false
	}
	if n := countDigits(s); n > 0 && strings.HasPrefix(s[n:], ": ") {
		s = s[n+2:]
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "*"), ".")
	if rest, ok := cutClassic(s); ok {
		s = skipZone(skipSpaces(rest))
	}
	s = skipSpaces(strings.TrimPrefix(s, ":"))
	word, _ := cutWord(s)
	if !strings.HasPrefix(word, "%") || strings.Count(word, "-") < 2 {
		return Header{}, false
	}
	return cutTag(s)
}

// skipZone skips up to four letters before a colon.
func skipZone(s string) string {
	n := 0
	for n < min(len(s), 4) && isLetter(s[n]) {
		n++
	}
	if strings.HasPrefix(s[n:], ":") {
		return s[n:]
	}
	return s
}

// isHost tells whether a word may be a host: a name, an address, or the chain
// of relays that syslog-ng writes, such as src@web1/10.0.0.1.
func isHost(w string) bool {
	for _, c := range []byte(w) {
		if !isDigit(c) && !isLetter(c) && c < 0x80 && strings.IndexByte(".-_:/@%[]#", c) < 0 {
			return false
		}
	}
	return w != ""
}

// The shapes of stamps, for cutShape.
var (
	months        = []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	classicShapes = []string{"~0~00:00:00", "~00~00:00:00", "~0~0000~00:00:00", "~00~0000~00:00:00"}
	isoShapes     = []string{"0000-00-00T00:00:00", "0000-00-00 00:00:00"}
	zoneShapes    = []string{"Z", "+00:00", "-00:00", "+0000", "-0000", "+00", "-00"}
)

// cutClassic cuts a stamp such as Jun  9 12:34:56, also with a fraction, and
// with the year before the time or at the end.
func cutClassic(s string) (string, bool) {
	if len(s) < 3 || !slices.Contains(months, s[:3]) {
		return s, false
	}
	rest, ok := cutShape(s[3:], classicShapes...)
	if !ok {
		return s, false
	}
	rest = cutFraction(rest)
	if later, ok := cutShape(rest, "~0000"); ok && (later == "" || later[0] == ' ') {
		return later, true
	}
	return rest, true
}

// cutISO cuts a stamp such as 2026-06-09T12:34:56.789+02:00, whose zone may
// be missing.
func cutISO(s string) (string, bool) {
	rest, ok := cutShape(s, isoShapes...)
	if !ok {
		return s, false
	}
	rest, _ = cutShape(cutFraction(rest), zoneShapes...)
	return rest, true
}

func cutFraction(s string) string {
	if after, ok := strings.CutPrefix(s, "."); ok {
		return after[countDigits(after):]
	}
	return s
}

// cutShape cuts the first of the shapes that s starts with. In a shape 0
// stands for any digit and ~ for spaces.
func cutShape(s string, shapes ...string) (string, bool) {
next:
	for _, shape := range shapes {
		rest := s
		for _, c := range []byte(shape) {
			switch {
			case rest == "" || c == '~' && rest[0] != ' ':
				continue next
			case c == '~':
				rest = skipSpaces(rest)
			case rest[0] == c || c == '0' && isDigit(rest[0]):
				rest = rest[1:]
			default:
				continue next
			}
		}
		return rest, true
	}
	return s, false
}

// cutWord cuts what stands before the next space, and skips the spaces. A
// word that is too long is none.
func cutWord(s string) (word, rest string) {
	n := strings.IndexByte(s[:min(len(s), maxWord+1)], ' ')
	if n >= 0 {
		return s[:n], skipSpaces(s[n:])
	}
	if len(s) > maxWord {
		return "", s
	}
	return s, ""
}

func skipSpaces(s string) string {
	n := 0
	for n < min(len(s), maxGap) && s[n] == ' ' {
		n++
	}
	return s[n:]
}

// countDigits counts the digits at the start of s, as far as a number goes.
func countDigits(s string) int {
	n := 0
	for n < min(len(s), 20) && isDigit(s[n]) {
		n++
	}
	return n
}
