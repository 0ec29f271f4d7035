package tier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	*Upstream
	at   ClusterAt
	next batch
	size int64 // of it, in the store
}

// OpenPublisher opens the store, whose events Run ships to a cluster. URL and
// Credential of the options are not used.
func OpenPublisher(o UpstreamOptions, at ClusterAt) (*Publisher, error) {
	if err := CheckName(o.Name); err != nil {
		return nil, err
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	u := &Upstream{o: o, wake: make(chan struct{}, 1), room: make(chan struct{}, 1)}
	var err error
	u.store, err = openStore(o.Dir, o.MaxBytes, o.Keeps, o.Log)
	return &Publisher{Upstream: u, at: at}, err
}

// Run ships events until ctx ends.
func (p *Publisher) Run(ctx context.Context) {
	wait := firstWait
	for ctx.Err() == nil {
		before := p.shipped.Load()
		err := p.session(ctx)
		if ctx.Err() != nil {
			return
		}
		p.tell(err)
		if p.shipped.Load() > before {
			wait = firstWait
		}
		pause(ctx, wait)
		wait = min(2*wait, longestWait)
	}
}

// session connects and ships until that fails.
func (p *Publisher) session(ctx context.Context) error {
	conn, err := p.at.connect(p.o.Name, nats.NoReconnect())
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
	for ctx.Err() == nil {
		if p.next.count == 0 {
			if err := p.load(ctx); err != nil {
				return err
			}
			continue
		}
		if err := p.publish(ctx, js, partitions); err != nil {
			return err
		}
	}
	return nil
}

// partitions asks the cluster how many there are.
func (p *Publisher) partitions(ctx context.Context, js jetstream.JetStream) (int, error) {
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	kv, err := js.KeyValue(asking, "logs-"+p.at.Name)
	if err != nil {
		return 0, fmt.Errorf("the cluster does not know %s, of which no worker has been started yet: %w", p.at.Name, err)
	}
	t, _, err := readTable(asking, kv)
	return t.count(), err
}

// load gets the next batch, or waits until there is something to ship.
func (p *Publisher) load(ctx context.Context) error {
	if err := p.store.sync(); err != nil {
		return err
	}
	b, size, ok, err := p.store.batch()
	if err != nil {
		return err
	}
	if ok {
		p.next, p.size = b, size
		return nil
	}
	select {
	case <-p.wake:
		pause(ctx, linger)
	case <-ctx.Done():
	}
	return nil
}

// publish publishes the batch and waits until all of it lasts.
func (p *Publisher) publish(ctx context.Context, js jetstream.JetStream, partitions int) error {
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
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return p.done()
}

// done goes on behind the batch.
func (p *Publisher) done() error {
	p.tell(nil)
	err := p.store.ship(p.next.end(), p.size)
	p.shipped.Add(int64(p.next.count))
	p.next = batch{}
	signal(p.room)
	return err
}
