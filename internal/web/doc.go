// Package web lets a running engine be watched over HTTP: by people, by
// Prometheus, and by whatever starts it again when it is stuck. It only
// reads.
//
//	source() Stats ─┬─→ /metrics   for Prometheus; the names are in docs/operations.md
//	                ├─→ /healthz   503 if the loop has not turned for ten seconds
//	                ├─→ /readyz    503 until rules are loaded and sources are open
//	                └─→ /          a page for people, which renews itself
//
// The caller says what there is to see, whenever somebody looks:
//
//	server, err := web.New(":9600", func() web.Stats { return latest() })
//	if err != nil {
//		return err
//	}
//	return server.Run(ctx)
//
// An address without a host is that of the loopback: what is shown, such as
// the names of logs, is for all that can reach it.
package web
