package tier

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// beaters are members that share a table, without a cluster.
type beaters struct {
	t       *rapid.T
	table   *table
	members map[string]*Member
	ended   map[string][]int // what each gives back with its next beat
	now     time.Time
	moves   int // partitions that were given back
}

func newBeaters(t *rapid.T, partitions int) *beaters {
	return &beaters{t: t, table: newTable(partitions), members: map[string]*Member{}, ended: map[string][]int{}, now: began}
}

func (b *beaters) join(id string) {
	c := &Cluster{o: ClusterOptions{Expiry: DefaultExpiry, Log: slog.New(slog.DiscardHandler)}}
	b.members[id] = &Member{c: c, id: id, seen: map[string]sighting{}}
}

// kill ends a member that says nothing more.
func (b *beaters) kill(id string) {
	delete(b.members, id)
	delete(b.ended, id)
}

// leave ends a member in good order.
func (b *beaters) leave(id string) {
	b.table.remove(id)
	b.kill(id)
}

// round lets all beat.
func (b *beaters) round() {
	b.now = b.now.Add(DefaultExpiry / 5)
	for _, id := range slices.Sorted(maps.Keys(b.members)) {
		b.members[id].turn(b.table, b.now, b.ended[id])
		b.ended[id] = b.table.surplus(id)
		b.moves += len(b.ended[id])
	}
}

// check sees whether all is held, in even shares, by those who live.
func (b *beaters) check() {
	least, most := b.table.count(), 0
	for id := range b.members {
		n := len(b.table.held(id))
		least, most = min(least, n), max(most, n)
	}
	if free := len(b.table.held("")); free > 0 || most-least > 1 || len(b.table.Members) != len(b.members) {
		b.t.Fatalf("%d are free, shares are from %d to %d, %v of %d members", free, least, most, b.table.Members, len(b.members))
	}
}

// Members join, leave and are killed, in any order. After as long as it takes
// to notice, all partitions are held, evenly, by those who live; then nothing
// moves any more.
func TestPartitionsAreHeldEvenly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBeaters(t, rapid.IntRange(1, 70).Draw(t, "partitions"))
		b.join("first")
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			id := fmt.Sprint("m", rapid.IntRange(0, 4).Draw(t, "who"))
			switch what := rapid.IntRange(0, 2).Draw(t, "what"); {
			case b.members[id] == nil:
				b.join(id)
			case what == 0:
				b.kill(id)
			case what == 1:
				b.leave(id)
			}
			for range rapid.IntRange(0, 12).Draw(t, "rounds") {
				b.round()
			}
		}
		for range 12 {
			b.round()
		}
		b.check()
		holders := fmt.Sprint(b.table.Holders)
		for range 10 {
			b.round()
		}
		if again := fmt.Sprint(b.table.Holders); again != holders {
			t.Fatalf("without need it went from %s to %s", holders, again)
		}
	})
}

// When a member joins or is gone, no more moves than must.
func TestPartitionsStayWhereTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "members")
		b := newBeaters(t, 64)
		for i := range n {
			b.join(fmt.Sprint("m", i))
		}
		for range 12 {
			b.round()
		}
		b.moves = 0
		b.join("new")
		for range 12 {
			b.round()
		}
		b.check()
		if share := len(b.table.held("new")); b.moves != share {
			t.Fatalf("%d partitions moved for a member that holds %d", b.moves, share)
		}
		b.moves = 0
		b.kill("new")
		for range 12 {
			b.round()
		}
		b.check()
		if b.moves != 0 {
			t.Fatalf("%d partitions moved when a member was gone", b.moves)
		}
	})
}

// A member that was held up for so long that it was taken to be gone comes
// back as one that holds nothing.
func TestAMemberThatWasHeldUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBeaters(t, 8)
		b.join("slow")
		b.round()
		slow := b.members["slow"]
		b.kill("slow")
		b.join("other")
		for range 12 {
			b.round()
		}
		b.members["slow"] = slow
		if held := b.table.held("slow"); len(held) > 0 {
			t.Fatalf("it still holds %v", held)
		}
		for range 12 {
			b.round()
		}
		b.check()
	})
}
