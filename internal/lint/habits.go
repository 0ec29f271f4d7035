package lint

import (
	"regexp"
	"strings"
)

var (
	anchorInside = &Code{
		ID: "L030", Severity: Warning, Title: "an anchor inside a pattern never matches",
		Why: "`$` is the end of the line and `^` its start. With text behind the one, or before the other, the pattern never\n" +
			"matches: what was meant is most likely the character.",
		Fix: "Writes `\\$` or `\\^`, the character.",
		Bad: `
rule r { matching "cost: $\d+"; doing print "{msg.line}" }
`,
		Good: `
rule r { matching "cost: \$\d+"; doing print "{msg.line}" }
`,
	}
	dotInNumber = &Code{
		ID: "L031", Severity: Warning, Title: "a dot between numbers stands for any character",
		Why: "In a pattern `.` is any character, so `10.0.0.1` matches in `10.0.0.17`, and in `10x0y0z1` as well.",
		Fix: "Writes `\\.` for each dot of the number.",
		Bad: `
rule r { matching "from 10.0.0.1 port"; doing print "{msg.line}" }
`,
		Good: `
rule r { matching "from 10\.0\.0\.1 port"; doing print "{msg.line}" }
`,
	}
	wideRange = &Code{
		ID: "L032", Severity: Warning, Title: "[A-z] holds more than letters",
		Why: "Between `Z` and `a` stand six other characters, `[`, `\\`, `]`, `^`, `_` and the backquote, and the range takes them too.",
		Fix: "Writes `A-Za-z`, which no longer takes those six.",
		Bad: `
rule r { matching "user ([A-z]+) logged in"; binding (user); doing print "{user}" }
`,
		Good: `
rule r { matching "user ([A-Za-z]+) logged in"; binding (user); doing print "{user}" }
`,
	}
	looseChoice = &Code{
		ID: "L033", Severity: Note, Title: "the anchors hold for one branch each",
		Why: "`|` binds weaker than everything else: `^a|b$` is `^a`, or `b$`. If both are to be the whole line, it takes a group.",
		Bad: `
rule r { matching "^link up|link down$"; doing print "{msg.line}" }
`,
		Good: `
rule r { matching "^(?:link up|link down)$"; doing print "{msg.line}" }
`,
	}
	addressByHand = &Code{
		ID: "L034", Severity: Note, Title: "an address written out",
		Why: "The named pattern `{IP}` says what is meant, and takes the addresses of version 6 as well, which the pattern misses\n" +
			"silently on the day when the first one comes. `{IP:ip}` binds it at once.",
		Fix: "Writes `{IP}`, which takes addresses of both versions and nothing else. Numbers written `\\d+` are left to you: they\n" +
			"may be those of a version.",
		Bad: `
rule r { matching "from (\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}) port"; binding (ip); doing print "{ip}" }
`,
		Good: `
rule r { matching "from ({IP}) port"; binding (ip); doing print "{ip}" }
`,
	}
	needlessEscape = &Code{
		ID: "L035", Severity: Note, Title: "a needless backslash",
		Why: "A slash ends a pattern in some other languages, and there it needs a backslash. Here it is a character as any other,\n" +
			"and so are `:`, `=`, `,`, `;`, `@`, `%`, `&` and `#`.",
		Fix: "Drops the backslashes. The meaning stays.",
		Bad: `
rule r { matching "GET \/index\.html"; doing print "{msg.line}" }
`,
		Good: `
rule r { matching "GET /index\.html"; doing print "{msg.line}" }
`,
	}
	wordEdge = &Code{
		ID: "L036", Severity: Note, Title: "\\< and \\> are no edges of words here",
		Why: "grep and vi read `\\<` as the start of a word and `\\>` as its end. Here they are the characters `<` and `>`, as in Perl;\n" +
			"the edge of a word is `\\b`.",
		Bad: `
rule r { matching "\<oom\> killer"; doing print "{msg.line}" }
`,
		Good: `
rule r { matching "\boom\b killer"; doing print "{msg.line}" }
`,
	}
	foreignName = &Code{
		ID: "L037", Severity: Warning, Title: "a named pattern written as another program has it",
		Why: "grok writes `%{IP:ip}` and fail2ban `<HOST>`. Here a named pattern is `{IP}`, or `{IP:ip}` where it is to be bound; the\n" +
			"`%` and the `<HOST>` would have to stand in the line.",
		Fix: "Drops the `%` of grok.",
		Bad: `
rule r { matching "from %{IP:ip} port"; doing print "{ip}" }
`,
		Good: `
rule r { matching "from {IP:ip} port"; doing print "{ip}" }
`,
	}
	bareClass = &Code{
		ID: "L038", Severity: Warning, Title: "[:digit:] by itself is a set of letters",
		Why: "The classes of POSIX stand within brackets, `[[:digit:]]`. With one pair of brackets it is any of the characters that\n" +
			"its name is made of, and the colon.",
		Fix: "Writes the second pair of brackets.",
		Bad: `
rule r { matching "job [:digit:]+ done"; doing print "{msg.line}" }
`,
		Good: `
rule r { matching "job [[:digit:]]+ done"; doing print "{msg.line}" }
`,
	}
	habitCodes = []*Code{
		anchorInside, dotInNumber, wideRange, looseChoice, addressByHand, needlessEscape, wordEdge, foreignName, bareClass,
	}
)

// habits reports what means something else in other languages of patterns.
func (p *pass) habits() {
	p.patterns(func(u patternUse) {
		all := tokens(u.Src)
		p.anchors(u, all)
		p.choice(u, all)
		p.classes(u, all)
		p.escapes(u, all)
		p.foreign(u, all)
		if u.named || !p.addresses(u) {
			p.numbers(u, all)
		}
	})
}

// anchors reports ^ behind text, and $ before it.
func (p *pass) anchors(u patternUse, all []token) {
	if strings.Contains(u.Src, "(?") && manyLines.MatchString(u.Src) {
		return
	}
	for i, t := range all {
		where := "behind text"
		switch {
		case t.kind == '^' && textBefore(all[:i]):
		case t.kind == '$' && textBehind(all[i+1:]):
			where = "before text"
		default:
			continue
		}
		escaped := `\` + t.text
		p.inPattern(anchorInside, u, t.start, t.end(), u.replace(t.start, t.end(), escaped), "the character is written "+escaped, "%s %s: this never matches", t.text, where)
	}
}

// manyLines finds the flag that gives ^ and $ another meaning.
var manyLines = regexp.MustCompile(`\(\?[a-zA-Z]*m`)

// textBehind tells whether what follows must take a character.
func textBehind(rest []token) bool {
	for i, t := range rest {
		if t.kind == ')' {
			continue
		}
		return t.takesCharacter() && (i+1 == len(rest) || !rest[i+1].optional())
	}
	return false
}

// textBefore tells whether what stands before must have taken one.
func textBefore(before []token) bool {
	for i := len(before) - 1; i >= 0; i-- {
		t := before[i]
		if t.text == "(" || t.text == "(?:" || t.groupName() != "" {
			continue
		}
		if t.isRepeat() && !t.optional() && i > 0 {
			return before[i-1].takesCharacter()
		}
		return t.takesCharacter()
	}
	return false
}

func (t token) isRepeat() bool { return strings.IndexByte("*+?{", t.kind) >= 0 }

// optional tells whether a repeat also holds for nothing.
func (t token) optional() bool {
	return t.kind == '*' || t.kind == '?' || t.kind == '{' && strings.HasPrefix(t.text, "{0")
}

func (t token) takesCharacter() bool {
	switch t.kind {
	case 'a', '[', '.':
		return true
	case '\\':
		return strings.IndexByte("AzZbBGK123456789k", t.text[1]) < 0
	}
	return false
}

// choice reports anchors at the ends of a choice that is in no group.
func (p *pass) choice(u patternUse, all []token) {
	starts, ends, branches := 0, 0, 1
	for i, t := range all {
		if t.depth > 0 {
			continue
		}
		switch first, last := i == 0 || all[i-1].kind == '|', i+1 == len(all) || all[i+1].kind == '|'; {
		case t.kind == '|':
			branches++
		case t.kind == '^' && first:
			starts++
		case t.kind == '$' && last:
			ends++
		}
	}
	if branches < 2 || starts != 1 || ends != 1 || all[0].kind != '^' || all[len(all)-1].kind != '$' {
		return
	}
	p.inPattern(looseChoice, u, 0, len(u.Src), nil, "for the whole line write ^(?:"+strings.Trim(u.Src, "^$")+")$",
		"^ holds for the first branch only, and $ for the last")
}

// classes reports [A-z] and [:digit:].
func (p *pass) classes(u patternUse, all []token) {
	for _, t := range all {
		if t.kind != '[' {
			continue
		}
		if bareName.MatchString(t.text) {
			instead := "[" + t.text + "]"
			p.inPattern(bareClass, u, t.start, t.end(), u.replace(t.start, t.end(), instead), "write "+instead, "%s is a set of these letters", t.text)
		} else if i := strings.Index(t.text, "A-z"); i > 0 && t.text[i-1] != '\\' {
			from, to := t.start+i, t.start+i+len("A-z")
			p.inPattern(wideRange, u, from, to, u.replace(from, to, "A-Za-z"), "write A-Za-z", `A-z also takes [ \ ] ^ _ and the backquote`)
		}
	}
}

var bareName = regexp.MustCompile(`^\[:(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]$`)

// escapes reports backslashes that do nothing, all of a pattern as one, and
// those that do something elsewhere.
func (p *pass) escapes(u patternUse, all []token) {
	var edits []Edit
	var first token
	for _, t := range all {
		switch {
		case t.kind != '\\' || len(t.text) != 2:
		case t.text[1] == '<' || t.text[1] == '>':
			p.inPattern(wordEdge, u, t.start, t.end(), nil, `the edge of a word is \b`, "%s is the character %s", t.text, t.text[1:])
		case strings.IndexByte("/:=,;@%&#", t.text[1]) >= 0:
			if at, exact := u.span(t.start, t.start+1); exact {
				edits = append(edits, Edit{at, ""})
			}
			if first.text == "" {
				first = t
			}
		}
	}
	if first.text == "" {
		return
	}
	var fix *Fix
	if edits != nil {
		fix = &Fix{"drop the backslash", edits}
	}
	p.inPattern(needlessEscape, u, first.start, first.end(), fix, "write "+first.text[1:], "%s needs no backslash", first.text[1:])
}

// foreign reports the names of patterns in grok and fail2ban.
func (p *pass) foreign(u patternUse, all []token) {
	for i, t := range all {
		if t.text == "%" && i+1 < len(all) && all[i+1].kind == 'h' && p.named[holeName(all[i+1].text)] != "" {
			p.inPattern(foreignName, u, t.start, t.end(), u.replace(t.start, t.end(), ""), "named patterns have no % here", "the %% is a character that must stand in the line")
		}
	}
	if at := fail2ban.FindStringIndex(u.Src); at != nil {
		p.inPattern(foreignName, u, at[0], at[1], nil, "an address is {IP}, or {IP:ip} to bind it", "%s is plain text here", u.Src[at[0]:at[1]])
	}
}

var fail2ban = regexp.MustCompile(`<(?:HOST|ADDR|IP4|IP6|CIDR|SUBNET)>`)

// holeName returns the name in a hole.
func holeName(text string) string {
	name, _, _ := strings.Cut(strings.Trim(text, "{}"), ":")
	return name
}

// octet is one number of an address, as people write it in patterns.
const octet = `(?:\\d(?:\+|\{1,3\})|\[0-9\](?:\+|\{1,3\}))`

var (
	byHand = regexp.MustCompile(`(?:` + octet + `(?:\\\.|\[\.\]|\.)){3}` + octet + `|\(\?:` + octet + `(?:\\\.|\[\.\]|\.)\)\{3\}` + octet)
	number = regexp.MustCompile(`\d{1,3}(?:\\?\.\d{1,3}){2,3}(?:\.(?:\\d|\[0-9))?`)
)

// addresses reports addresses that are written out.
func (p *pass) addresses(u patternUse) bool {
	all := byHand.FindAllStringIndex(u.Src, -1)
	for _, at := range all {
		var fix *Fix
		if strings.Contains(u.Src[at[0]:at[1]], "{1,3}") {
			fix = u.replace(at[0], at[1], "{IP}")
		}
		p.inPattern(addressByHand, u, at[0], at[1], fix, "write {IP}, or {IP:ip} to bind it", "this takes addresses of version 4 only")
	}
	return all != nil
}

// numbers reports numbers with dots that stand for any character.
func (p *pass) numbers(u patternUse, all []token) {
	for _, at := range number.FindAllStringIndex(u.Src, -1) {
		text := u.Src[at[0]:at[1]]
		if at[0] > 0 && strings.IndexByte(`\{,-`, u.Src[at[0]-1]) >= 0 || !dotAlone.MatchString(text) || inUnit(all, at[0]) {
			continue
		}
		escaped := dotAlone.ReplaceAllString(text, `$1\.`)
		p.inPattern(dotInNumber, u, at[0], at[1], u.replace(at[0], at[1], escaped), "write "+escaped, "the dots of %s stand for any character", text)
	}
}

// dotAlone finds a dot behind a digit, without a backslash.
var dotAlone = regexp.MustCompile(`(\d)\.`)

// inUnit tells whether a place is in a class or a hole.
func inUnit(all []token, at int) bool {
	for _, t := range all {
		if t.start <= at && at < t.end() {
			return t.kind == '[' || t.kind == 'h'
		}
	}
	return false
}
