// Package run is the one loop of the program: it reads logs, puts their lines
// in order, feeds them to an engine and hands its effects on.
//
//	input ─→ stream: split, stamp, judge ─┐
//	input ─→ stream ──────────────────────┼─→ merge ─→ engine ─→ effects ─→ Handler
//	input ─→ stream ──────────────────────┘
//
// The order of the lines, and with it every effect, depends only on the lines
// and the options: not on how the inputs are cut into blocks, nor on when they
// are read. The wall clock is asked only for inputs without stamps.
//
//	r := run.Runner{Engine: engine, Handler: handler, Options: run.Options{}}
//	summary, err := r.Run(ctx, inputs)
package run
