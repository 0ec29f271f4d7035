package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"runtime"
	"time"
)

// table writes the figures in Markdown.
func table(w io.Writer, commands []*command, lines int) {
	fmt.Fprintf(w, "%s lines, %s/%s, %d CPUs, %s, %s\n\n", thousands(int64(lines)), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), time.Now().Format(time.DateOnly))
	fmt.Fprintln(w, "| what | CPU s | against the first | wall s | peak MiB |")
	fmt.Fprintln(w, "|---|---|---|---|---|")
	for _, c := range commands {
		fmt.Fprintf(w, "| %s | %.3f | %.2f | %.3f | %.0f |\n", c.what, cpu(c), cpu(c)/cpu(commands[0]), wall(c), peak(c))
	}
}

// verdicts writes which targets hold.
func verdicts(w io.Writer, all []target) {
	fmt.Fprintln(w, "\n| target | bound | measured | |")
	fmt.Fprintln(w, "|---|---|---|---|")
	for _, t := range all {
		verdict := "missed"
		if t.holds() {
			verdict = "holds"
		}
		fmt.Fprintf(w, "| %s | %s | %s%s | %s |\n", t.what, t.bound, number(t.value), t.unit, verdict)
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// chart draws the CPU seconds as bars. Their lengths are logarithms, for the
// longest is some thousand times the shortest; lines stand for powers of ten.
func chart(commands []*command) []byte {
	const row, left, decade = 26, 330, 130
	least := 0.01 // seconds, where bars begin
	length := func(seconds float64) int { return max(1, int(decade*math.Log10(seconds/least))) }
	longest := 0
	for _, c := range commands {
		longest = max(longest, length(cpu(c)))
	}
	width, height := left+longest+90, row*len(commands)+40
	var b bytes.Buffer
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n", width, height)
	fmt.Fprintf(&b, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n", width, height)
	for n, x := 0, left; x <= left+longest; n, x = n+1, x+decade {
		fmt.Fprintf(&b, "<path d=\"M%d 4V%d\" stroke=\"#ccc\"/>", x, height-26)
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#666\">%g s</text>\n", x, height-10, least*math.Pow10(n))
	}
	for i, c := range commands {
		y := i*row + 8
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", left-8, y+15)
		xml.EscapeText(&b, []byte(c.what)) // a buffer does not fail
		fmt.Fprintf(&b, "</text><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"20\" fill=\"#4477aa\"/>", left, y, length(cpu(c)))
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\">%s s</text>\n", left+length(cpu(c))+6, y+15, number(cpu(c)))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
