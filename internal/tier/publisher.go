package tier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Publisher is the way to a cluster: an Upstream whose events go there.
//
//	store ─→ next batch ─→ a part for each partition ─→ all of them last ─→ go on
//	             ↑                    │
//	             └── the same again ←─┘ one does not
//
// One batch is under way at a time, so the events of a partition are in order.
type Publisher struct {
	shipping
	at ClusterAt
}

// OpenPublisher opens the store, whose events Run ships to a cluster. URL and
// Credential of the options are not used.
func OpenPublisher(o UpstreamOptions, at ClusterAt) (*Publisher, error) {
	u, err := newUpstream(o)
	if err != nil {
		return nil, err
	}
	return &Publisher{shipping: shipping{Upstream: u}, at: at}, u.open()
}

// Run ships events until ctx ends.
func (p *Publisher) Run(ctx context.Context) { p.keepOn(ctx, p.session) }

// session connects and ships until that fails.
func (p *Publisher) session(ctx context.Context) error {
	conn, closed, err := p.at.connect(ctx, roleEdge, p.o.Name, p.o.Log, nats.NoReconnect())
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncTimeout(askTimeout))
	if err != nil {
		return err
	}
	partitions, err := p.partitions(ctx, js)
	if err != nil {
		return err
	}
	return p.each(ctx, closed, func(ctx context.Context) error { return p.publish(ctx, js, partitions, closed) })
}

// partitions asks the cluster how many there are.
func (p *Publisher) partitions(ctx context.Context, js jetstream.JetStream) (int, error) {
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	kv, err := js.KeyValue(asking, "logs-"+p.at.Name)
	switch {
	case errors.Is(err, jetstream.ErrBucketNotFound):
		return 0, fmt.Errorf("the cluster does not know %s, of which no worker has been started yet: %w", p.at.Name, err)
	case err != nil:
		return 0, fmt.Errorf("the cluster does not tell how %s is split: look whether most of its servers run, and what this edge is allowed: %w", p.at.Name, err)
	}
	t, _, err := readTable(asking, kv)
	if err == nil && t.Cut != 0 {
		err = fmt.Errorf("%s has been split anew under another name: let this edge use that", p.at.Name)
	}
	return t.count(), err
}

// publish publishes the batch and waits until all of it lasts.
func (p *Publisher) publish(ctx context.Context, js jetstream.JetStream, partitions int, closed <-chan struct{}) error {
	var acks []jetstream.PubAckFuture
	for at, part := range p.next.split(partitions) {
		ack, err := js.PublishMsgAsync(
			&nats.Msg{Subject: p.at.subject("events", at), Data: part.encode()},
			jetstream.WithMsgID(fmt.Sprintf("%s/%d", p.next.id(), at)),
			jetstream.WithExpectStream(p.at.streamOf("events")),
		)
		if err != nil {
			return err
		}
		acks = append(acks, ack)
	}
	late := time.NewTimer(askTimeout)
	defer late.Stop()
	for _, ack := range acks {
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			return fmt.Errorf("the cluster cannot store events: %w", err)
		case <-late.C:
			return errors.New("the cluster does not say that events are stored")
		case <-closed:
			return errors.New("the connection is lost")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return p.done()
}
