// Package rdl reads rules in RDL, the language of this program.
//
// Rules go through three hands, each usable by itself:
//
//	Parse    text to a tree; it finds every mistake of syntax in one go
//	Loader   files, and all that they include, to a Program that can run:
//	         names, types and patterns are checked here
//	Format   a tree back to text, in the one canonical layout
//
// A mistake is an Error: a place, a message and what to try. It prints as
// compilers print theirs, with the line and carets below what is wrong:
//
//	file, errs := rdl.Parse("ssh.rdl", src)
//	if len(errs) > 0 {
//		return errs
//	}
//	fmt.Print(rdl.Format(file))
//
// Nothing here reads a clock, a file or the environment by itself.
package rdl
