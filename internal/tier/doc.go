// Package tier carries events from one engine to the one above it.
//
//	edge                                                     hub
//	Do ─→ store ─→ shipper ═══ TLS, one batch at a time ══→ gate ─→ JetStream ─→ EdgeReader
//	      on disk     │                                      │       on disk       one for
//	                  └────────── "+OK": it lasts ───────────┘                     each edge
//
// An edge keeps what its rules forward in a store of its own (store.go), and
// ships it when the hub can be reached (ship.go). The hub is a NATS server in
// this process (hub.go). Who may talk to it is told by a folder of
// certificates and users (trust.go, guard.go); what they say is looked at
// before it is taken (gate.go). The engine above reads the events of each edge
// as the lines of a live log (reader.go): merging by time, lateness and state
// are those of any other log.
//
//	hub, err := tier.OpenHub(tier.HubOptions{Addr: "127.0.0.1:4222", Dir: dir})
//	...
//	up, err := tier.OpenUpstream(tier.UpstreamOptions{URL: "nats://127.0.0.1:4222", Dir: other, Name: "edge1"})
//	go up.Run(ctx)
//	err = up.Do(ctx, effect)
//
// In the place of the hub there may be a NATS cluster, for a site with more
// events than one engine can take. There a Publisher splits the events of an edge
// by key, workers share the partitions, and each keeps what it knows in the cluster
// (cluster.go, lease.go, depot.go; cluster_cut.go for another number of partitions).
//
// # What comes once, and in order
//
// The store numbers the events of an edge. A batch says which numbers it
// holds, and goes again until the hub has said that it lasts. Batches that
// come twice while the hub remembers their ids are dropped by JetStream, and
// later ones by the reader, which drops every event whose number it has seen.
// Numbers that are missing were dropped by an edge whose store was full, and
// are counted.
//
// # What a crash loses
//
// A killed process loses nothing: what Do has taken is with the system. A
// power cut at the edge loses what has not been shipped since the last sync;
// an engine with a state does that again, from the logs. Nothing is shipped
// before it is on the disk of the edge, and the hub says that a batch lasts
// when it is on its own.
package tier
