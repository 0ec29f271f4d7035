// Package lsp serves editors: it speaks the Language Server Protocol over a
// pair of streams, so that mistakes show while one types, and names can be
// followed, completed and changed.
//
//	server := &lsp.Server{Loader: loader, Open: open}
//	err := server.Serve(os.Stdin, os.Stdout)
//
// What it tells comes from where the other commands have it: mistakes from the
// loader, findings from package lint, tests from package ruletest, layout from
// the formatter. Of its own it has only the index of names (index.go).
//
//	message ─→ wire ─→ session ─→ program: files, mistakes, findings, names
//	                      │          loaded anew after each change
//	                      └─→ answer
//
// # Files and programs
//
// A rules file seldom stands alone. The one that is edited belongs to the
// program of the setting rules, if that reads it; else to the outermost file
// in its folder or those above, up to the folder that the editor has open,
// that includes it; else it is a program by itself. Text that is being edited
// goes before what is on the disk.
//
// # Order
//
// Messages are handled one after another, in the goroutine of Serve. Mistakes
// are looked for when no message waits, so fast typing does not pile up work.
// Whatever comes in, the server goes on: a message that is not understood is
// answered by an error. Only a stream whose frames cannot be told apart ends
// it.
package lsp
