package main

import (
	"github.com/logs-rdl/logs/internal/lsp"
)

// lspCmd is logs lsp.
type lspCmd struct {
	Stdio bool `hidden:"" help:"Accepted because editors pass it; there is no other way."`
}

// Run serves an editor on standard input and output.
func (lspCmd) Run(w *world) error {
	server := &lsp.Server{Loader: newLoader(), Open: openGiven}
	if err := server.Serve(w.in, w.out); err != nil {
		return &failure{exitRules, err} // the code that the protocol asks for
	}
	return nil
}
