package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCmd is logs completion.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a script that lets a shell complete command lines. It is made of
// what the parser of the command line knows, so that it lacks nothing.
func (c completionCmd) Run(w *world, k *kong.Context) error {
	commands := commandsOf(k.Model.Node, "logs")
	switch c.Shell {
	case "bash":
		completeBash(w.out, commands)
	case "zsh":
		completeZsh(w.out, commands)
	case "fish":
		completeFish(w.out, commands)
	}
	return nil
}

// A command is a node of the command line, with the words that lead to it.
type command struct {
	*kong.Node
	path string // "logs run"
}

// commandsOf returns a node and all below it that people are to see.
func commandsOf(n *kong.Node, path string) []command {
	all := []command{{n, path}}
	for _, child := range n.Children {
		if !child.Hidden {
			all = append(all, commandsOf(child, path+" "+child.Name)...)
		}
	}
	return all
}

// words returns the names of the commands that may come next.
func (c command) words() []string {
	var names []string
	for _, child := range c.Children {
		if !child.Hidden {
			names = append(names, child.Name)
		}
	}
	return names
}

// visible returns the flags that people are to see.
func (c command) visible() []*kong.Flag {
	var flags []*kong.Flag
	for _, f := range c.Flags {
		if !f.Hidden {
			flags = append(flags, f)
		}
	}
	return flags
}

// spellings returns the ways to write a flag: -r, --rules, --ruleset.
func spellings(f *kong.Flag) []string {
	var all []string
	if f.Short != 0 {
		all = append(all, "-"+string(f.Short))
	}
	all = append(all, "--"+f.Name)
	for _, alias := range f.Aliases {
		all = append(all, "--"+alias)
	}
	return all
}

// choices returns the values of a flag that takes one of several.
func choices(f *kong.Flag) string { return strings.ReplaceAll(f.Enum, ",", " ") }

// single puts a text in single quotes, as all three shells read it.
func single(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// completeBash prints the script for bash. Where a command has nothing to
// offer, bash completes the names of files.
func completeBash(out io.Writer, commands []command) {
	fmt.Fprint(out, "# bash completion for logs\n_logs() {\n"+
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at=logs word offer\n")
	walkToCommand(out, `"${COMP_WORDS[@]:1:COMP_CWORD-1}"`, commands)
	fmt.Fprint(out, "\tcase \"$at $prev\" in\n")
	for _, c := range commands {
		for _, f := range c.visible() {
			if f.Enum != "" {
				fmt.Fprintf(out, "\t'%s --%s') offer=%s ;;\n", c.path, f.Name, single(choices(f)))
			}
		}
	}
	fmt.Fprint(out, "\t*) case \"$at\" in\n")
	for _, c := range commands {
		offer := c.words()
		for _, f := range c.visible() {
			offer = append(offer, spellings(f)...)
		}
		fmt.Fprintf(out, "\t\t%s) offer=%s ;;\n", single(c.path), single(strings.Join(offer, " ")))
	}
	fmt.Fprint(out, "\t\tesac ;;\n\tesac\n\tCOMPREPLY=($(compgen -W \"$offer\" -- \"$cur\"))\n}\ncomplete -o default -F _logs logs\n")
}

// walkToCommand prints a loop over the words before the cursor that leaves in
// $at the command that they lead to.
func walkToCommand(out io.Writer, words string, commands []command) {
	var paths []string
	for _, c := range commands[1:] {
		paths = append(paths, single(c.path))
	}
	fmt.Fprintf(out, "\tfor word in %s; do\n\t\tcase \"$at $word\" in\n\t\t%s) at=\"$at $word\" ;;\n\t\tesac\n\tdone\n",
		words, strings.Join(paths, "|"))
}

// completeZsh prints the script for zsh.
func completeZsh(out io.Writer, commands []command) {
	fmt.Fprint(out, "#compdef logs\n_logs() {\n\tlocal at=logs word\n\tlocal -a names\n")
	walkToCommand(out, `"${(@)words[2,CURRENT-1]}"`, commands)
	fmt.Fprint(out, "\tcase $at in\n")
	for _, c := range commands {
		fmt.Fprintf(out, "\t%s)\n", single(c.path))
		if len(c.words()) > 0 {
			fmt.Fprint(out, "\t\tnames=(")
			for _, child := range c.Children {
				if !child.Hidden {
					fmt.Fprint(out, single(child.Name+":"+strings.ReplaceAll(child.Help, ":", `\:`)), " ")
				}
			}
			fmt.Fprint(out, ")\n\t\t_describe command names\n")
		}
		fmt.Fprint(out, "\t\t_arguments -S \\\n")
		for _, f := range c.visible() {
			for _, s := range spellings(f) {
				fmt.Fprintf(out, "\t\t\t%s \\\n", single(zshFlag(f, s)))
			}
		}
		if len(c.Children) == 0 {
			fmt.Fprint(out, "\t\t\t'*:file:_files'\n")
		} else {
			fmt.Fprint(out, "\t\t\t'*::'\n")
		}
		fmt.Fprint(out, "\t\t;;\n")
	}
	fmt.Fprint(out, "\tesac\n}\n_logs \"$@\"\n")
}

// zshFlag is a flag as _arguments wants it: --clock[help]:VALUE:(log wall).
func zshFlag(f *kong.Flag, spelling string) string {
	quote := strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`)
	spec := "*" + spelling
	if f.IsBool() {
		return spec + "[" + quote.Replace(f.Help) + "]"
	}
	if strings.HasPrefix(spelling, "--") {
		spec += "=" // or the value as the next word
	}
	spec += "[" + quote.Replace(f.Help) + "]:" + quote.Replace(f.FormatPlaceHolder())
	if f.Enum != "" {
		return spec + ":(" + choices(f) + ")"
	}
	return spec + ":_files"
}

// completeFish prints the script for fish.
func completeFish(out io.Writer, commands []command) {
	fmt.Fprintln(out, "# fish completion for logs")
	for _, c := range commands {
		when := fishCondition(c)
		for _, child := range c.Children {
			if !child.Hidden {
				fmt.Fprintf(out, "complete -c logs -n %s -f -a %s -d %s\n", single(when), single(child.Name), single(child.Help))
			}
		}
		for _, f := range c.visible() {
			for _, s := range spellings(f) {
				fmt.Fprintf(out, "complete -c logs -n %s %s -d %s\n", single(when), fishFlag(f, s), single(f.Help))
			}
		}
	}
}

// fishCondition holds where the words before the cursor lead to a command and
// to none below it.
func fishCondition(c command) string {
	var all []string
	for _, word := range strings.Fields(c.path)[1:] {
		all = append(all, "__fish_seen_subcommand_from "+word)
	}
	if next := c.words(); len(next) > 0 {
		all = append(all, "not __fish_seen_subcommand_from "+strings.Join(next, " "))
	}
	return strings.Join(all, "; and ")
}

// fishFlag is a flag as complete of fish wants it.
func fishFlag(f *kong.Flag, spelling string) string {
	spec := "-l " + strings.TrimPrefix(spelling, "--")
	if !strings.HasPrefix(spelling, "--") {
		spec = "-s " + strings.TrimPrefix(spelling, "-")
	}
	switch {
	case f.IsBool():
		return spec
	case f.Enum != "":
		return spec + " -x -a " + single(choices(f))
	}
	return spec + " -r"
}
