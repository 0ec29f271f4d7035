// Package sink performs the effects that an engine returns. There is a type
// for each kind of sink; each has a method Do for one effect of its kind, and
// those that buffer have Flush, those that hold something open have Close:
//
//	out := bufio.NewWriter(os.Stdout)
//	printed, found := sink.Print{Out: out}, &sink.Alert{Out: out}
//	for _, e := range effects {
//		switch e.Kind {
//		case logs.EffectPrint:
//			err = printed.Do(ctx, e)
//		case logs.EffectAlert:
//			err = found.Do(ctx, e)
//		}
//	}
//	out.Flush()
//
// Unless Do has returned an error, the sink has taken the effect. Print, Alert,
// DryRun and Files belong to one goroutine.
//
// Mail, Webhook, Syslog and Firewall deliver: they try once, and say what an
// error is worth. Each has a Queue in front, which tries again, holds what is
// too much for people to read, and keeps what it could not deliver:
//
//	hook, err := sink.NewWebhook(sink.WebhookOptions{URL: url, As: "slack"})
//	dead := &sink.Dead{Path: "/var/lib/logs/dead.jsonl"}
//	q := sink.NewQueue("oncall", hook, sink.QueueOptions{
//		Limit: sink.Limit{Count: 5, Per: 10 * time.Minute},
//		Dead:  func(e *logs.Effect, why error) error { return dead.Add("oncall", e, why) },
//	})
//	go q.Run(ctx)
//	err = q.Do(ctx, e)        // waits while the queue is full
//	saved := q.Pending()      // for a snapshot: what is not done yet
//	q.Close(grace)            // delivers what it can
package sink

import (
	"bufio"
	"context"

	"github.com/logs-rdl/logs"
)

// Print writes the text of effects, each on a line of its own. It writes it
// as it is: the engine has made it printable.
type Print struct {
	Out *bufio.Writer // shared by the sinks whose output is to stay in order
}

// Do writes the line.
func (p Print) Do(_ context.Context, e *logs.Effect) error {
	p.Out.WriteString(e.Text)
	return p.Out.WriteByte('\n') // which fails if the one before did
}

// Flush writes out what is buffered.
func (p Print) Flush() error { return p.Out.Flush() }
