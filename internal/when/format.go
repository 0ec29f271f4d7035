package when

// A format is one way in which a source writes its stamps: where in the line
// they stand and how they are written. Reading a stamp is a pure function of
// the line.
type format struct {
	name  string
	place place
	trust trust
	layout
}

// A place says where in a line a stamp stands.
type place uint8

const (
	atStart     place = iota // at the start, but for <PRI> and brackets
	inBrackets               // after some [ in the start region
	afterAlert               // BGL and its kin: the epoch after the alert's tag
	afterAudit               // audit(
	inJSON                   // in a field of a JSON object
	inLogfmt                 // in a field of key=value pairs
	inText                   // at the start of some word in the start region
	atLineStart              // at the first byte or, failing that, as inText
)

// A trust says what it takes to believe that a source has changed to a format.
type trust uint8

const (
	sure   trust = iota // one line
	likely              // one line, if within a day of the last; or a run of lines
	vague               // a run of lines
	shy                 // a run of lines, even if there was no format before
)

// No stamp begins beyond this many bytes of a line, except in a field of JSON
// or logfmt.
const startRegion = 128

// The table of formats. Of those that fit a line the first is taken, so the
// more particular come first.
var formats = []format{
	{"json", inJSON, likely, nil},
	{"logfmt", inLogfmt, likely, nil},
	{"rfc3339", atStart, sure, strptime("%F%!%T%?")},
	{"rfc3164-year", atStart, sure, strptime("%b %e %Y %T%?")},
	{"rfc3164-year-last", atStart, sure, strptime("%b %e %T %Y")},
	{"rfc3164", atStart, sure, strptime("%b %e %T%?")},
	{"year-rfc3164", atStart, sure, strptime("%Y %b %e %T%?")},
	{"clf", inBrackets, sure, strptime("%d/%b/%Y:%T%?")},
	{"ctime", atStart, sure, strptime("%a %b %e %T %Y")},
	{"date", atStart, sure, strptime("%a %b %e %T %Z %Y")},
	{"rfc1123", atStart, sure, strptime("%a, %d %b %Y %T%?")},
	{"rfc1123-dashes", atStart, sure, strptime("%a, %d-%b-%Y %T%?")},
	{"weekday-rfc3164", atStart, sure, strptime("%a %b %e %T%?")},
	{"slashes", atStart, sure, strptime("%Y/%m/%d %T%?")},
	{"bgl", afterAlert, sure, strptime("%s %Y.%m.%d")},
	{"audit", afterAudit, sure, strptime("%s")},
	{"db2", atStart, sure, strptime("%Y-%m-%d-%H.%M.%S")},
	{"dots", atStart, sure, strptime("%Y.%m.%d %T%?")},
	{"day-month-dashes", atStart, sure, strptime("%d-%b-%Y %T%?")},
	{"day-month", atStart, sure, strptime("%d %b %Y %T%?")},
	{"day-month-slashes", atStart, sure, strptime("%d/%b/%Y %T%?")},
	{"day-month-colon", atStart, sure, strptime("%d/%b/%Y:%T%?")},
	{"us-noon", atStart, sure, strptime("%m/%d/%Y %I:%M:%S %p")},
	{"us", atStart, sure, strptime("%m/%d/%Y %T%?")},
	{"eu-slashes", atStart, sure, strptime("%d/%m/%Y %T%?")},
	{"eu-dots", atStart, sure, strptime("%d.%m.%Y %T%?")},
	{"month-day-noon", atStart, sure, strptime("%b %d, %Y %I:%M:%S %p")},
	{"month-day", atStart, sure, strptime("%b %d, %Y %T%?")},
	{"spark", atStart, sure, strptime("%y/%m/%d %T%?")},
	{"glog", atStart, sure, strptime("%@%m%d %T")},
	{"glog-year", atStart, sure, strptime("%@%Y%m%d %T")},
	{"logcat", atStart, likely, strptime("%m-%d %T")},
	{"month-day-dots", atStart, likely, strptime("%m.%d %T")},
	{"hdfs", atStart, likely, strptime("%y%m%d %H%M%S")},
	{"mysql", atStart, likely, strptime("%y%m%d %k:%M:%S")},
	{"basic", atStart, likely, strptime("%Y%m%d%!%H%M%S%?")},
	{"digits", atStart, likely, strptime("%Y%m%d%H%M%S")},
	{"date-digits", atStart, likely, strptime("%Y%m%d%!%T%?")},
	{"healthapp", atStart, likely, strptime("%Y%m%d-%H:%M:%S:%f")},
	{"date-digits-dash", atStart, likely, strptime("%Y%m%d-%T")},
	{"epoch", atStart, likely, strptime("%s")},
	{"rfc3339-in-text", inText, vague, strptime("%F%!%T%?")},
	{"slashes-in-text", inText, vague, strptime("%Y/%m/%d %T%?")},
	{"day-month-in-text", inText, vague, strptime("%d %b %Y %T%?")},
	{"day-month-dashes-in-text", inText, vague, strptime("%d-%b-%Y %T%?")},
	{"day-month-slashes-in-text", inText, vague, strptime("%d/%b/%Y:%T%?")},
	{"us-in-text", inText, vague, strptime("%m/%d/%Y %T%?")},
	{"ctime-in-text", inText, vague, strptime("%a %b %e %T %Y")},
	{"rfc3164-in-text", inText, vague, strptime("%b %e %T%?")},
	{"spark-in-text", inText, vague, strptime("%y/%m/%d %T%?")},
	{"epoch-in-text", inText, shy, strptime("%s")},
}

// strptime makes the layout of a format in the table.
func strptime(text string) layout {
	steps, err := parseStrptime(text)
	if err != nil {
		panic(err)
	}
	return fold(steps)
}

// FormatNames returns the names by which Options.Layout can ask for a format.
func FormatNames() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// formatNamed returns the format of a name, or nil.
func formatNamed(name string) *format {
	for i := range formats {
		if formats[i].name == name {
			return &formats[i]
		}
	}
	return nil
}

// parse reads the stamp of a line.
func (f *format) parse(line string, s *Stamp) bool {
	switch f.place {
	case inJSON:
		return readJSON(line, s)
	case inLogfmt:
		return readLogfmt(line, s)
	case inText:
		return f.readWords(line, s)
	case atLineStart:
		if f.read(line, 0, s) {
			return true
		}
		return f.readWords(line, s)
	}
	at := f.begin(line)
	if at < 0 {
		return false
	}
	return f.read(line, at, s)
}

// begin returns where the stamp of a line begins, -1 if nowhere. For formats
// that have to read to know, it returns 0.
func (f *format) begin(line string) int {
	switch f.place {
	case atStart:
		return unwrap(line)
	case inBrackets:
		return bracketEnd(line)
	case afterAlert:
		return alertEnd(line)
	case afterAudit:
		return auditEnd(line)
	}
	return 0
}

// mayHaveZone tells whether stamps of the format can do with and without a zone.
func (f *format) mayHaveZone() bool {
	return len(f.layout) == 0 || f.layout[len(f.layout)-1].do == mayOffset
}

// readWords takes the first word of the start region that is a stamp.
func (f *format) readWords(line string, s *Stamp) bool {
	for at := range words(line) {
		if f.read(line, at, s) {
			return true
		}
	}
	return false
}

// find returns the first format that fits a line, or nil. Among the words of
// its text the first that is a stamp decides. A JSON object is not text.
func find(line string, s *Stamp) *format {
	start := mayBegin(line, unwrap(line))
	for i := range formats {
		f := &formats[i]
		if f.place == inText || f.place == atStart && !start {
			continue
		}
		if f.parse(line, s) {
			return f
		}
	}
	if line == "" || line[0] == '{' {
		return nil
	}
	for at := range words(line) {
		for i := range formats {
			if f := &formats[i]; f.place == inText && f.read(line, at, s) {
				return f
			}
		}
	}
	return nil
}
