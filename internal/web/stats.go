package web

import (
	"time"

	"github.com/logs-rdl/logs"
)

// Stats are what there is to see of an engine. Counters count from the start
// of the process. A time that is zero means never.
type Stats struct {
	Version string
	Started time.Time // the process
	Turned  time.Time // when the loop last turned, by the machine's clock
	Clock   time.Time // of the engine; zero before the first line
	Loaded  bool      // rules are loaded

	Lines  uint64 // read
	Bytes  uint64 // read
	Engine logs.Stats

	Rules  []logs.Count // of the program, in its order
	Live   int          // rules made at run time that live
	Timers int          // set
	Kept   int64        // bytes that contexts and windows hold

	Sources    []Source
	Stores     []Store
	Sinks      []Sink
	Hub        Hub
	Cluster    Cluster
	Checkpoint Checkpoint
	Reload     Reload
}

// A Source is a log, or another place that lines come from.
type Source struct {
	Name     string
	Open     bool // is read, or waited for
	Lines    uint64
	Bytes    uint64
	Position int64  // the bytes of a log that are done
	Lag      int64  // its bytes that are not
	Dropped  uint64 // lines or datagrams lost, or cut
	Errors   uint64
}

// A Store is all contexts or windows of one name.
type Store struct {
	Name  string
	Keys  int // how many live
	Items int // in all of them
}

// A Sink is a place that effects go to.
type Sink struct {
	Name      string
	Delivered int64
	Retried   int64 // tries that failed and were not the last
	Dead      int64 // given up, and kept in the file of dead letters
	Waiting   int64 // for their first try or another
	Held      int64 // for the digest at the end of the period
}

// A Hub is the tier that engines below send to.
type Hub struct {
	Departments []Department
	Strangers   int64 // connections that were refused, and are of no department
}

// A Department is engines below that share a credential.
type Department struct {
	Name    string
	Edges   int   // known
	Events  int64 // taken
	Bytes   int64 // of them
	Refused int64 // batches, and connections that named it
	Doubles int64 // events that came again, and were dropped
	Lost    int64 // events that an engine below could not store
	Lying   int64 // bytes on the disk, until they are used and no snapshot needs them

	Lag  time.Duration // how long what is read now has waited
	Seen time.Time     // when something of it was taken last
}

// A Checkpoint is the newest snapshot of the state directory.
type Checkpoint struct {
	Time   time.Time
	Bytes  int64
	Failed uint64 // snapshots that could not be written
}

// A Reload tells how rules were last loaded anew.
type Reload struct {
	OK, Failed time.Time
}
