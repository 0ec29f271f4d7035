package tier

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Who holds which partition stands in one table, under one key. Each member
// changes it a few times a second, and only if nobody else has changed it since
// it was read:
//
//	members   a: 412, b: 17, c: 3       each counts its own beats
//	holders   a a b a b b "" ""         by partition
//
//	beat ─→ drop members whose count has stood still ─→ their partitions are free
//	     ─→ more than my share: give some back, when their state is saved
//	     ─→ less: take free ones
//
// Whether a count stands still each member judges by its own clock, so that no
// two clocks are compared. A share is an even part of the partitions; of the
// members those that hold most have the one more that does not divide, so that
// nothing moves without need.
type table struct {
	Members map[string]uint64
	Holders []string // "": nobody
	Cut     int64    `json:",omitempty"` // ns: the cluster ends then, see cluster_cut.go; 0: it does not
}

const tableKey = "table"

func newTable(partitions int) *table {
	return &table{Members: map[string]uint64{}, Holders: make([]string, partitions)}
}

func (t *table) count() int { return len(t.Holders) }

// readTable reads the table, and its revision.
func readTable(ctx context.Context, kv jetstream.KeyValue) (*table, uint64, error) {
	t := newTable(0)
	entry, err := kv.Get(ctx, tableKey)
	if err != nil {
		return t, 0, err
	}
	err = json.Unmarshal(entry.Value(), t)
	if err == nil && (t.count() == 0 || t.count() > MaxPartitions || t.Members == nil) {
		err = errors.New("it holds nothing")
	}
	if err != nil {
		return t, 0, fmt.Errorf("the table of the partitions is damaged: %w", err)
	}
	return t, entry.Revision(), nil
}

// held returns the partitions of a member.
func (t *table) held(id string) (held []int) {
	for p, holder := range t.Holders {
		if holder == id {
			held = append(held, p)
		}
	}
	return held
}

// remove takes a member out; its partitions are free then.
func (t *table) remove(id string) {
	delete(t.Members, id)
	for _, p := range t.held(id) {
		t.Holders[p] = ""
	}
}

// maxMembers is how many there are at the most; more could not hold anything.
const maxMembers = 2 * MaxPartitions

// bound takes out what no member can hold, and members beyond their bound, of
// which a worker that dies again and again leaves one each time: those that
// have beaten least. One of them that lives is a member again with its next
// beat.
func (t *table) bound(id string) {
	for len(t.Members) > maxMembers {
		least := ""
		for other, beats := range t.Members {
			if other != id && (least == "" || cmp.Or(cmp.Compare(beats, t.Members[least]), cmp.Compare(other, least)) < 0) {
				least = other
			}
		}
		t.remove(least)
	}
	for p, holder := range t.Holders {
		if _, there := t.Members[holder]; !there {
			t.Holders[p] = ""
		}
	}
}

// share returns how many partitions a member is to hold.
func (t *table) share(id string) int {
	holds := map[string]int{}
	share := t.count() / len(t.Members)
	for _, holder := range t.Holders {
		holds[holder] = min(holds[holder]+1, share+1) // how far beyond it is does not matter, for it changes
	}
	members := slices.SortedFunc(maps.Keys(t.Members), func(a, b string) int {
		return cmp.Or(cmp.Compare(holds[b], holds[a]), cmp.Compare(a, b))
	})
	if slices.Index(members, id) < t.count()%len(members) {
		share++
	}
	return share
}

// take gives a member free partitions until it has its share: those first that
// like it most, so that members that start at once want different ones.
func (t *table) take(id string) {
	free := t.held("")
	slices.SortFunc(free, func(a, b int) int { return cmp.Compare(liking(id, b), liking(id, a)) })
	for _, p := range free[:min(len(free), max(0, t.share(id)-len(t.held(id))))] {
		t.Holders[p] = id
	}
}

// surplus returns what a member holds beyond its share, those that like it
// least.
func (t *table) surplus(id string) []int {
	held := t.held(id)
	slices.SortFunc(held, func(a, b int) int { return cmp.Compare(liking(id, a), liking(id, b)) })
	return held[:max(0, len(held)-t.share(id))]
}

// liking is how much a partition likes a member: any order, but the same
// everywhere.
func liking(id string, partition int) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", partition, id)
	return h.Sum64()
}

// A Member is a worker among those of a cluster.
type Member struct {
	c      *Cluster
	id     string
	seen   map[string]sighting
	looked time.Time // when it saw the table last
	cut    int64     // as the table says
}

// A sighting is when the count of a member was seen to be new.
type sighting struct {
	beats uint64
	at    time.Time
}

// Join makes a member. It is one once it has beaten.
func (c *Cluster) Join(name string) *Member {
	var random [4]byte
	rand.Read(random[:])
	return &Member{c: c, id: name + "-" + hex.EncodeToString(random[:]), seen: map[string]sighting{}}
}

// ID names the member in the table.
func (m *Member) ID() string { return m.id }

// Cut tells whether the cluster has been cut, and up to when its engines go.
func (m *Member) Cut() (at time.Time, ok bool) { return time.Unix(0, m.cut), m.cut != 0 }

// Every is how often a member must beat.
func (m *Member) Every() time.Duration { return m.c.o.Expiry / 5 }

// Beat tells that the member lives, and gives back partitions that it has ended.
// It returns those that it holds now, and of these the ones that it is to end
// and give back.
func (m *Member) Beat(ctx context.Context, now time.Time, ended []int) (held, surplus []int, err error) {
	err = m.change(ctx, func(t *table) { m.turn(t, now, ended); held, surplus = t.held(m.id), t.surplus(m.id) })
	return held, surplus, err
}

// Leave takes the member out, when it has ended all its partitions.
func (m *Member) Leave(ctx context.Context) error {
	return m.change(ctx, func(t *table) { t.remove(m.id) })
}

// turn is one beat.
func (m *Member) turn(t *table, now time.Time, ended []int) {
	m.excuse(now)
	m.cut = t.Cut
	for id, beats := range t.Members {
		if s, known := m.seen[id]; !known || s.beats != beats {
			m.seen[id] = sighting{beats, now}
		} else if id != m.id && now.Sub(s.at) >= m.c.o.Expiry {
			m.c.o.Log.Warn("a worker is gone, its partitions are free", "worker", id, "partitions", len(t.held(id)))
			t.remove(id)
		}
	}
	maps.DeleteFunc(m.seen, func(id string, _ sighting) bool { _, there := t.Members[id]; return !there })
	t.Members[m.id]++
	t.bound(m.id)
	for _, p := range ended {
		if t.Holders[p] == m.id {
			t.Holders[p] = ""
		}
	}
	if len(ended) == 0 { // what was just given back is for others
		t.take(m.id)
	}
}

// excuse lets time in which this member could not see the table count for
// nobody: when servers were away, the others could not beat either.
func (m *Member) excuse(now time.Time) {
	if blind := now.Sub(m.looked) - 2*m.Every(); blind > 0 {
		for id, s := range m.seen {
			m.seen[id] = sighting{s.beats, s.at.Add(blind)}
		}
	}
	m.looked = now
}

// change changes the table. Who comes second reads it anew.
func (m *Member) change(ctx context.Context, f func(*table)) error {
	for {
		t, revision, err := readTable(ctx, m.c.table)
		if err != nil {
			return err
		}
		f(t)
		data, err := json.Marshal(t)
		if err != nil {
			return err
		}
		_, err = m.c.table.Update(ctx, tableKey, data, revision)
		if !isWrongLast(err) {
			return err
		}
		pause(ctx, time.Duration(1+liking(m.id, int(revision))%20)*time.Millisecond)
	}
}

// isWrongLast tells whether somebody else has written first.
func isWrongLast(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) ||
		errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == codeInProcess)
}

// codeInProcess is what servers say of a message while another one of its
// subject is not yet everywhere.
const codeInProcess jetstream.ErrorCode = 10164
