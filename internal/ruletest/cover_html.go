package ruletest

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"
)

// coverStyle is all that the page needs.
const coverStyle = `body { font-family: sans-serif; margin: 2em; color: #222; background: #fff }
pre { line-height: 1.4; border: 1px solid #ccc; padding: .5em 0; overflow-x: auto }
pre span { display: block; padding: 0 .8em; white-space: pre }
.all { background: #e2f5e2 } .none { background: #fbdcdc } .some { background: #fdf3cf }
pre b { color: #999; font-weight: normal; user-select: none }
pre i { color: #a33; float: right }`

// WriteHTML writes the rules as a page of its own, each line coloured by
// whether tests reach it.
func (c *Cover) WriteHTML(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Coverage of rules</title>\n<style>\n%s\n</style>\n", coverStyle)
	b.WriteString("<h1>Coverage of rules</h1>\n<p>Green lines are reached by tests, red ones are not, yellow ones in part. Each says at its end what is missing.</p>\n")
	for _, file := range c.names() {
		points := c.of(file)
		fmt.Fprintf(&b, "<h2>%s</h2>\n<p>%s</p>\n<pre>\n", html.EscapeString(file), share(points))
		byLine := map[int][]reached{}
		for _, p := range points {
			byLine[p.line] = append(byLine[p.line], p)
		}
		for i, line := range strings.Split(strings.TrimSuffix(c.files[file], "\n"), "\n") {
			writeHTMLLine(&b, i+1, line, byLine[i+1])
		}
		b.WriteString("</pre>\n")
	}
	b.WriteString("</html>\n")
	_, err := w.Write(b.Bytes())
	return err
}

// writeHTMLLine writes one line of rules.
func writeHTMLLine(b *bytes.Buffer, number int, line string, points []reached) {
	var missing []string
	for _, p := range points {
		if p.times == 0 {
			missing = append(missing, p.what)
		}
	}
	class := ""
	switch {
	case len(points) == 0:
	case len(missing) == 0:
		class = ` class="all"`
	case len(missing) == len(points):
		class = ` class="none"`
	default:
		class = ` class="some"`
	}
	fmt.Fprintf(b, "<span%s><b>%4d</b>  ", class, number)
	if len(missing) > 0 {
		fmt.Fprintf(b, "<i>%s</i>", html.EscapeString(strings.Join(missing, "; ")))
	}
	fmt.Fprintf(b, "%s</span>", html.EscapeString(line))
}
