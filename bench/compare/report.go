package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"time"
)

// table writes the figures in Markdown.
func table(w io.Writer, runs []run, lines int) {
	fmt.Fprintf(w, "%d lines, %s/%s, %d CPUs, %s, %s\n\n", lines, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), time.Now().Format(time.DateOnly))
	fmt.Fprintln(w, "| what | CPU s | against the first | wall s | peak MiB |")
	fmt.Fprintln(w, "|---|---|---|---|---|")
	first := median(runs[0].cpu).Seconds()
	for _, r := range runs {
		cpu := median(r.cpu).Seconds()
		fmt.Fprintf(w, "| %s | %.3f | %.2f | %.3f | %d |\n", r.what, cpu, cpu/first, median(r.wall).Seconds(), r.peak/1024)
	}
}

// chart draws the CPU seconds as bars.
func chart(runs []run) []byte {
	const row, left, width = 28, 230, 520
	longest := time.Duration(1)
	for _, r := range runs {
		longest = max(longest, median(r.cpu))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n", left+width+90, row*len(runs)+10)
	for i, r := range runs {
		cpu, y := median(r.cpu), i*row+8
		bar := max(1, int(float64(width)*cpu.Seconds()/longest.Seconds()))
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", left-8, y+15, r.what)
		fmt.Fprintf(&b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"20\" fill=\"#4477aa\"/>", left, y, bar)
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\">%.3f s</text>\n", left+bar+6, y+15, cpu.Seconds())
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
