package when

import (
	"fmt"
	"strings"
)

// parseLayout makes steps of a layout in the words of strptime, if it holds a
// per cent sign, or else of Go.
func parseLayout(text string) (layout, error) {
	parse := parseGo
	if strings.Contains(text, "%") {
		parse = parseStrptime
	}
	steps, err := parse(text)
	if err != nil {
		return nil, err
	}
	steps = fold(steps)
	if missing := steps.missing(); missing != "" {
		return nil, fmt.Errorf("layout %q has no %s: try one like \"%%b %%d %%H:%%M:%%S\" or \"Jan 2 15:04:05\", or a name like rfc3164, rfc3339, clf, ctime or epoch", text, missing)
	}
	return steps, nil
}

// directives are the letters that follow a per cent sign. Beside those of
// strptime there are some of our own, used in the table of formats only: %!
// for separator, %? for mayOffset, %@ for severity.
var directives = map[byte]layout{
	'a': {{do: weekday}}, 'A': {{do: weekday}},
	'b': {{do: monthName}}, 'B': {{do: monthName}}, 'h': {{do: monthName}},
	'd': {{do: padding}, {do: day}}, 'e': {{do: padding}, {do: day}}, 'j': {{do: yearDay}},
	'm': {{do: month}}, 'y': {{do: year2}}, 'Y': {{do: year4}},
	'H': {{do: hour}}, 'k': {{do: padding}, {do: hour}},
	'I': {{do: hour12}}, 'l': {{do: padding}, {do: hour12}},
	'p': {{do: halfDay}}, 'P': {{do: halfDay}},
	'M': {{do: minute}}, 'S': {{do: second}}, 'f': {{do: fraction}}, 'L': {{do: fraction}}, 'N': {{do: fraction}},
	's': {{do: epoch}}, 'z': {{do: offset}}, 'Z': {{do: zoneName}},
	'T': {{do: wallClock}},
	'R': {{do: hour}, {literal, ':'}, {do: minute}},
	'F': {{do: isoDate, arg: '-'}},
	'D': {{do: month}, {literal, '/'}, {do: day}, {literal, '/'}, {do: year2}},
	'n': {{do: spaces}}, 't': {{do: spaces}},
	'%': {{literal, '%'}},
	'!': {{do: separator}}, '?': {{do: mayOffset}}, '@': {{do: severity}},
}

func parseStrptime(text string) (layout, error) {
	var steps layout
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			steps = append(steps, plain(text[i]))
			continue
		}
		i++
		if i == len(text) {
			return nil, fmt.Errorf("layout %q ends in a per cent sign: write %%%% for one that stands in the log", text)
		}
		meant, ok := directives[text[i]]
		if !ok {
			return nil, fmt.Errorf("layout %q: there is no %%%c: use %%Y %%m %%d %%b %%H %%M %%S %%f %%z %%s as in strptime", text, text[i])
		}
		steps = append(steps, meant...)
	}
	return steps, nil
}

// goWords are the parts of a Go layout; of two that fit, the longer is meant.
var goWords = []struct {
	word  string
	steps layout
}{
	{"January", layout{{do: monthName}}}, {"Jan", layout{{do: monthName}}},
	{"Monday", layout{{do: weekday}}}, {"Mon", layout{{do: weekday}}},
	{"MST", layout{{do: zoneName}}},
	{"2006", layout{{do: year4}}}, {"002", layout{{do: yearDay}}},
	{"01", layout{{do: month}}}, {"02", layout{{do: day}}}, {"_2", layout{{do: padding}, {do: day}}},
	{"03", layout{{do: hour12}}}, {"04", layout{{do: minute}}}, {"05", layout{{do: second}}}, {"06", layout{{do: year2}}},
	{"15", layout{{do: hour}}}, {"PM", layout{{do: halfDay}}}, {"pm", layout{{do: halfDay}}},
	{"Z07:00", layout{{do: offset}}}, {"Z0700", layout{{do: offset}}}, {"Z07", layout{{do: offset}}},
	{"-07:00", layout{{do: offset}}}, {"-0700", layout{{do: offset}}}, {"-07", layout{{do: offset}}},
	{"1", layout{{do: month}}}, {"2", layout{{do: day}}}, {"3", layout{{do: hour12}}},
	{"4", layout{{do: minute}}}, {"5", layout{{do: second}}},
}

func parseGo(text string) (layout, error) {
	var steps layout
next:
	for len(text) > 0 {
		if n := goFraction(text); n > 0 {
			steps = append(steps, step{literal, text[0]}, step{do: fraction})
			text = text[n:]
			continue
		}
		for _, w := range goWords {
			if rest, ok := strings.CutPrefix(text, w.word); ok {
				steps = append(steps, w.steps...)
				text = rest
				continue next
			}
		}
		steps = append(steps, plain(text[0]))
		text = text[1:]
	}
	return steps, nil
}

// goFraction returns the length of a .000 or ,999 that text begins with, or 0.
// A digit behind makes it something else: the .01 of 02.01.2006 is a month.
func goFraction(text string) int {
	if text[0] != '.' && text[0] != ',' {
		return 0
	}
	digits := text[1:]
	zeros := len(digits) - len(strings.TrimLeft(digits, "0"))
	nines := len(digits) - len(strings.TrimLeft(digits, "9"))
	n := max(zeros, nines)
	if n == 0 || len(digits) > n && '0' <= digits[n] && digits[n] <= '9' {
		return 0
	}
	return 1 + n
}

// plain is the step for a byte that stands for itself; spaces stand for any
// number of them, as in strptime.
func plain(c byte) step {
	if c == ' ' || c == '\t' {
		return step{do: spaces}
	}
	return step{literal, c}
}

// fold drops what other steps do anyhow: after seconds a point or a comma and
// the fraction, after spaces more of them.
func fold(steps layout) layout {
	var folded layout
	for i := 0; i < len(steps); i++ {
		last := action(literal)
		if len(folded) > 0 {
			last = folded[len(folded)-1].do
		}
		s := steps[i]
		point := s.do == literal && (s.arg == '.' || s.arg == ',')
		switch {
		case (last == second || last == wallClock) && point && i+1 < len(steps) && steps[i+1].do == fraction:
			i++
		case last == spaces && (s.do == spaces || s.do == padding):
		default:
			folded = append(folded, s)
		}
	}
	return folded
}

// missing names what steps lack to tell a time, or is empty.
func (l layout) missing() string {
	has := map[action]bool{}
	for _, s := range l {
		has[s.do] = true
	}
	switch {
	case has[epoch]:
		return ""
	case !has[isoDate] && !has[yearDay] && !(has[day] && (has[month] || has[monthName])):
		return "day and month"
	case has[yearDay] && !has[year2] && !has[year4]:
		return "year beside its day of the year"
	case !has[wallClock] && !has[hour] && !(has[hour12] && has[halfDay]):
		return "hour of the day"
	}
	return ""
}
