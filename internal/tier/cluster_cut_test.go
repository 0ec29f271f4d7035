package tier

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/logs-rdl/logs"
)

// keyed is a batch of events, whose keys are as of doAll.
func keyed(from, to int) *batch {
	b := &batch{epoch: "0123456789abcdef", first: uint64(from + 1), count: to - from}
	for n := from; n < to; n++ {
		e := event(n)
		e.Target = fmt.Sprint("key", n%10)
		b.lines = append(logs.AppendEvent(b.lines, e, "edge1"), '\n')
	}
	return b
}

// publish publishes the parts of a batch that are for some partitions.
func publish(t *testing.T, c *Cluster, b *batch, which func(partition int) bool) {
	t.Helper()
	for at, part := range b.split(c.count) {
		if !which(at) {
			continue
		}
		if _, err := c.js.PublishMsg(t.Context(), &nats.Msg{Subject: c.o.At.subject("events", at), Data: part.encode()}); err != nil {
			t.Fatal(err)
		}
	}
}

func every(int) bool { return true }

// A cluster is cut in the middle of a batch, and another one follows that is split
// otherwise. Each of its partitions is told what was before, and then what
// comes, each event once and in order.
func TestAClusterFollowsAnother(t *testing.T) {
	const before, whole, after = 100, 60, 40
	for _, n := range []int{1, 3, 4, 8} {
		t.Run(fmt.Sprint("of 4 into ", n), func(t *testing.T) {
			t.Parallel()
			at := startServer(t)
			old := openCluster(t, at, 4)
			publish(t, old, keyed(0, before), every)
			batch := keyed(before, before+whole)
			publish(t, old, batch, func(p int) bool { return p%2 == 0 }) // and then its edge is killed
			if err := old.Cut(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			finish(t, old)
			at.Name = "anew"
			c := openCluster(t, at, n)
			past, err := c.Follow(t.Context(), old)
			if err != nil {
				t.Fatal(err)
			}
			publish(t, c, batch, every)
			publish(t, c, keyed(before+whole, before+whole+after), every)
			for partition := range n {
				var want []int
				for n := range before + whole + after {
					if partitionOf(fmt.Sprint("key", n%10), c.count) == partition {
						want = append(want, n)
					}
				}
				var got []int
				for _, from := range past.Partitions(partition, n) {
					got = append(got, readPast(t, past.Open(t.Context(), from, partition, n))...)
				}
				if rest := len(want) - len(got); rest > 0 {
					numbers, _ := readPartition(t, c, partition, "", rest)
					got = append(got, numbers...)
				}
				// The order between old partitions is for who merges them by time.
				if slices.Sort(got); text(got) != text(want) {
					t.Errorf("partition %d: it has %v, and not %v", partition, got, want)
				}
			}
		})
	}
}

// finish reads a cluster that has been cut to its end.
func finish(t *testing.T, c *Cluster) {
	t.Helper()
	for partition := range c.count {
		if over, err := c.IsOver(t.Context(), partition); over || err != nil {
			t.Errorf("partition %d is over: %v, %v", partition, over, err)
		}
		if all, err := c.AllOver(t.Context()); all || err != nil {
			t.Errorf("all are over: %v, %v", all, err)
		}
		r, err := c.OpenRest(t.Context(), partition, "")
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		r.Close()
		if err := c.SetOver(t.Context(), partition, r); err != nil {
			t.Fatal(err)
		}
		if over, err := c.IsOver(t.Context(), partition); !over || err != nil {
			t.Errorf("partition %d is over: %v, %v", partition, over, err)
		}
	}
	if all, err := c.AllOver(t.Context()); !all || err != nil {
		t.Errorf("all are over: %v, %v", all, err)
	}
}

// readPast reads what a partition is told of the past.
func readPast(t *testing.T, r *PastReader) (numbers []int) {
	t.Helper()
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			if !slices.IsSorted(numbers) {
				t.Errorf("the past is out of order: %v", numbers)
			}
			return numbers
		} else if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, numbersIn(t, p.Lines())...)
	}
}

// Who is cut takes no more events: they stay with their edges, which are told
// why. To be cut again changes nothing.
func TestAClusterThatWasCutTakesNothing(t *testing.T) {
	at := startServer(t)
	c := openCluster(t, at, 1)
	diary := &diary{}
	p, stop := publishingFor(t, at, UpstreamOptions{Dir: t.TempDir(), Name: "edge1", Log: diary.log()})
	doAll(t, p, 0, 5)
	m := c.Join("a")
	if _, _, err := m.Beat(t.Context(), began, nil); err != nil {
		t.Fatal(err)
	}
	if _, cut := m.Cut(); cut {
		t.Error("it is cut")
	}
	cuts := map[int64]bool{}
	for range 2 {
		if err := c.Cut(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Beat(t.Context(), began, nil); err != nil {
			t.Fatal(err)
		}
		at, ok := m.Cut()
		if !ok || time.Since(at) > time.Minute {
			t.Errorf("it is cut at %s", at)
		}
		cuts[at.UnixNano()] = true
	}
	if len(cuts) != 1 {
		t.Error("it was cut twice")
	}
	if err := p.Do(t.Context(), event(5)); err != nil {
		t.Fatal(err)
	}
	await(t, "it is refused", func() bool { return strings.Contains(diary.String(), "split anew under another name") })
	stop()
	if left := p.Stats().Waiting; left != 1 {
		t.Errorf("%d events wait", left)
	}
}

// What is to be cut must be there.
func TestNothingIsCut(t *testing.T) {
	began := time.Now()
	_, err := OpenCluster(t.Context(), ClusterOptions{At: startServer(t), Replicas: 1, Old: true})
	if err == nil || !strings.Contains(err.Error(), "site is not there: leave out --cluster-after") {
		t.Error(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("to say so takes %s", took)
	}
}

// Events that have been used are kept for as long as the options say, and no more
// is remembered of them than must.
func TestEventsAreKeptForAWhile(t *testing.T) {
	c := &Cluster{o: ClusterOptions{Keep: time.Hour}, kept: map[int][]forgotten{}}
	for s := range 3 * 3600 {
		now := began.Add(time.Duration(s) * time.Second)
		old := c.olderThan(7, fmt.Sprint(s), now)
		var when int
		if fmt.Sscan(old, &when); old != "" && (s-when < 3600 || s-when > 3600+2*3600/keepSteps) {
			t.Fatalf("after %d seconds what was used at %d goes", s, when)
		}
		if n := len(c.kept[7]); n > keepSteps+1 {
			t.Fatalf("%d marks are kept", n)
		}
		if s > 2*3600 && s%600 == 0 && c.kept[7][0].at.Before(now.Add(-2*time.Hour)) {
			t.Fatal("nothing goes")
		}
	}
}
