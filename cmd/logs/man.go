package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// manCmd is logs man.
type manCmd struct {
	Page string `arg:"" optional:"" enum:"logs,logs-rdl" default:"logs" help:"logs, or logs-rdl."`
}

//go:embed man/logs.1
var manFrame string

//go:embed man/logs-rdl.5
var manLanguage string

// Run prints a page of the manual. The commands and flags in logs(1) are what
// the parser of the command line knows.
func (c manCmd) Run(w *world, k *kong.Context) error {
	page := manLanguage
	if c.Page == "logs" {
		page = strings.Replace(manFrame, "@COMMANDS@\n", manCommands(commandsOf(k.Model.Node, "logs")), 1)
	}
	_, err := fmt.Fprint(w.out, page)
	return err
}

// manCommands describes all commands.
func manCommands(commands []command) string {
	var b strings.Builder
	for _, c := range commands[1:] {
		if len(c.Children) > 0 {
			continue
		}
		fmt.Fprintf(&b, ".SS %s\n%s\n", roff(usage(c)), roff(c.Help))
		for _, p := range c.Positional {
			fmt.Fprintf(&b, ".TP\n.I %s\n%s\n", roff(p.Name), roff(p.Help))
		}
		for _, f := range c.visible() {
			b.WriteString(manFlag(f))
		}
	}
	return b.String()
}

// usage is the line that shows how a command is written.
func usage(c command) string {
	line := c.path
	if len(c.visible()) > 0 {
		line += " [flags]"
	}
	for _, p := range c.Positional {
		line += " " + p.Summary()
	}
	return line
}

// manFlag describes a flag.
func manFlag(f *kong.Flag) string {
	names := spellings(f)
	for i, name := range names {
		names[i] = `\fB` + roff(name) + `\fR`
	}
	head := strings.Join(names, ", ")
	if !f.IsBool() {
		head += ` \fI` + roff(placeholder(f)) + `\fR`
	}
	text := f.Help
	if f.HasDefault && f.Default != "" && !f.IsBool() {
		text += " Default: " + f.Default + "."
	}
	return ".TP\n" + head + "\n" + roff(text) + "\n"
}

// placeholder is what stands for a flag's value.
func placeholder(f *kong.Flag) string {
	switch {
	case f.Enum != "":
		return strings.ReplaceAll(f.Enum, ",", "|")
	case f.PlaceHolder != "":
		return f.PlaceHolder
	}
	return strings.ToUpper(f.Name)
}

// roff writes a text so that roff prints it as it is. A hyphen that is to be
// typed must be one when it is copied from the page.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		return `\&` + s
	}
	return s
}
