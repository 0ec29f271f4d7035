package when

// A repeat remembers the last stamp as it was written. The very same is then
// read by comparing it, and one of the same day by reading only what differs:
//
//	2015-07-29 17:41:44,747 - INFO
//	└─ same ─┘ └──┬───┘ └┬┘└ same, with the byte behind the stamp
//	           hh:mm:ss  fraction
//
// It reads what reading the whole would, so days on which the zone's offset
// changes, where that depends on the line before, are not remembered.
type repeat struct {
	text  [64]byte // the line up to the byte behind the stamp
	size  int      // of the text; 0: nothing is remembered
	whole bool     // the stamp ends its line
	open  bool     // what follows the text may belong to a stamp
	ns    int64    // of the stamp

	at       int   // where the stamp begins in the text
	clock    int   // where hh:mm:ss begins; 0: only the same stamp is read
	fraction int   // where the digits of the fraction begin
	tail     int   // and end
	midnight int64 // the second at which its day began
	days     int   // counts what was forgotten, so that a Day is known to be the one at hand
}

func (r *repeat) forget() {
	r.size = 0
	r.days++
}

// same tells whether a line begins with what is remembered. It is small enough
// to be inlined, and the stamp is the very same if nothing continues it.
func (r *repeat) same(line string) bool {
	return r.size > 0 && len(line) >= r.size && line[:r.size] == string(r.text[:r.size])
}

// continues tells whether a stamp that is written like the one remembered, up to
// line[end], may go on: with a fraction behind a point or a comma, with a zone
// behind a space.
func (r *repeat) continues(line string, end int) bool {
	rest := line[end:]
	switch {
	case r.whole:
		return rest != ""
	case !r.open:
		return false
	case len(rest) < 3:
		return rest != ""
	case line[end-1] != ' ':
		return isDigit(rest[0])
	case rest[0] == '+' || rest[0] == '-':
		return isDigit(rest[1])
	}
	return (rest[0] == 'U' || rest[0] == 'G') && isUTC(rest[:3])
}

// near reads a stamp of format f that differs from the one remembered in the
// time of day only, and remembers it instead.
func (r *repeat) near(line string, f *format) (second int64, ok bool) {
	ns, clock, ok := r.sameDay(line, f)
	if !ok {
		return 0, false
	}
	copy(r.text[r.clock:r.tail], line[clock:])
	r.ns = ns
	return floorDiv(ns, nanosPerSec), true
}

// sameDay reads a stamp of format f that differs from the one remembered in the
// time of day only, and tells where that stands in the line.
func (r *repeat) sameDay(line string, f *format) (ns int64, clock int, ok bool) {
	if r.size == 0 || r.clock == 0 {
		return 0, 0, false
	}
	at := r.at
	if len(line) < at || line[:at] != string(r.text[:at]) {
		if at = f.begin(line); at < 0 {
			return 0, 0, false
		}
	}
	shift := at - r.at
	clock = r.clock + shift
	tail, end := r.tail+shift, r.size+shift
	if len(line) < end || line[at:clock] != string(r.text[r.at:r.clock]) ||
		line[tail:end] != string(r.text[r.tail:r.size]) || r.continues(line, end) {
		return 0, 0, false
	}
	ofDay := clockAt(line, clock)
	if ofDay < 0 {
		return 0, 0, false
	}
	n := int64(0)
	if r.fraction < r.tail {
		n, ok = digits(line[r.fraction+shift : tail])
		if !ok || line[clock+8] != r.text[r.clock+8] {
			return 0, 0, false
		}
	}
	return (r.midnight+int64(ofDay))*nanosPerSec + n*scales[r.tail-r.fraction], clock, true
}

// scales[n] is the value of the last of n digits of a fraction, in ns.
var scales = [10]int64{1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1}

// remember takes note of a stamp that was read in format f, at a second. One that is too long, or may have more to it, is not worth it.
func (r *repeat) remember(line string, f *format, s *Stamp, second int64, z *zone) {
	r.forget()
	end := min(int(s.end)+1, len(line))
	behind, lacksZone := line[end-1], s.Lacks&LacksZone != 0
	if end > len(r.text) || lacksZone && (behind == '+' || behind == '-') {
		return
	}
	r.size, r.whole = copy(r.text[:], line[:end]), int(s.end) == len(line)
	r.ns = second*nanosPerSec + int64(s.Nanos)
	r.at, r.fraction, r.tail = f.begin(line), int(s.fraction), int(s.fractionEnd)
	r.open = behind == ' ' && lacksZone && f.mayHaveZone() || (behind == '.' || behind == ',') && r.fraction == r.tail

	r.clock = 0
	if s.clock == 0 || r.fraction > int(s.clock)+len("15:04:05.") || r.tail-r.fraction >= len(scales) {
		return
	}
	r.midnight = second - int64(clockAt(line, int(s.clock)))
	if !lacksZone || z.steady(r.midnight) {
		r.clock = int(s.clock)
	}
}
