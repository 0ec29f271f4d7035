package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/logs-rdl/logs"
	"github.com/logs-rdl/logs/internal/run"
	"github.com/logs-rdl/logs/internal/tier"
	"github.com/logs-rdl/logs/internal/web"
	"github.com/logs-rdl/logs/rdl"
)

// tierFlags are the flags of logs run that tie engines together.
type tierFlags struct {
	Hub          string   `name:"hub" placeholder:"ADDR" help:"Take events of engines below at an address; without a log, read nothing else."`
	HubDir       string   `placeholder:"DIR" help:"The folder that logs hub init made; for an address of this machine alone none is needed, for others it is /etc/logs/hub."`
	Upstream     string   `placeholder:"URL|FILE" help:"Where forward sends events: a credential of a hub, nats://127.0.0.1:PORT, or a cluster: cluster+nats://HOST:PORT,HOST:PORT/NAME."`
	UpstreamName string   `placeholder:"NAME" help:"The name of this edge at the hub; the host's if none is given."`
	UpstreamFull string   `enum:"block,drop" default:"block" help:"When too much waits for the hub: let the reading of logs wait (block), or drop events and count them (drop)."`
	UpstreamMax  byteSize `placeholder:"SIZE" help:"How much may wait for the hub on the disk, such as 1GiB, which is the default."`
}

// trustDir is where a hub has its certificates and users.
const trustDir = "/etc/logs/hub"

// byteSize is a number of bytes on the command line.
type byteSize int64

// UnmarshalText reads a size such as 4096 or 1GiB.
func (b *byteSize) UnmarshalText(text []byte) error {
	digits, factor := string(text), int64(1)
	for i, unit := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if rest, ok := strings.CutSuffix(digits, unit); ok {
			digits, factor = rest, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > (1<<62)/factor {
		return fmt.Errorf("%q is no size: try one such as 512MiB", text)
	}
	*b = byteSize(n * factor)
	return nil
}

// A hub is the tier that the engines below send to.
type hub struct {
	addr    string // "": there is none
	tier    *tier.Hub
	scratch string // a folder to be removed at the end
	end     context.CancelFunc
	running sync.WaitGroup
}

// declare notes what source tier names.
func (h *hub) declare(d rdl.Input) error {
	if h.addr != "" {
		return from(d, errors.New("there is another source tier already"))
	}
	h.addr = d.Addr
	return nil
}

// openHub starts the hub, if there is one.
func (in *inputs) openHub() error {
	h := &in.hub
	if h.addr == "" {
		return nil
	}
	o := tier.HubOptions{Addr: h.addr, Keeps: in.state != nil, Log: in.w.log}
	if dir := in.c.HubDir; dir != "" || !tier.IsLoopback(h.addr) {
		if dir == "" {
			dir = trustDir
		}
		o.Trust = &tier.Trust{Dir: dir}
	}
	var err error
	if o.Dir, h.scratch, err = tierDir(in.state, "hub"); err != nil {
		return err
	}
	if h.tier, err = tier.OpenHub(o); err != nil {
		os.RemoveAll(h.scratch)
		return err
	}
	in.w.log.Info("taking events of engines below", "address", h.tier.Addr())
	if h.scratch != "" {
		in.w.log.Warn("without --state what the hub has taken and not used is lost when it ends")
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.end = cancel
	h.running.Go(func() { h.tier.Run(ctx) })
	return nil
}

// closeHub ends the hub.
func (in *inputs) closeHub() {
	h := &in.hub
	if h.tier == nil {
		return
	}
	h.end()
	h.running.Wait()
	h.tier.Close()
	os.RemoveAll(h.scratch)
}

// stats are the figures of the departments.
func (h *hub) stats() (figures web.Hub) {
	if h.tier == nil {
		return figures
	}
	st := h.tier.Stats()
	figures.Strangers = st.Strangers
	for _, d := range st.Departments {
		figures.Departments = append(figures.Departments, web.Department(d))
	}
	return figures
}

// tierDir returns the folder of a tier: in that of the state, or one that is
// removed at the end, which is then also the scratch.
func tierDir(state *run.State, name string) (dir, scratch string, err error) {
	if state != nil {
		return filepath.Join(state.Dir(), name), "", nil
	}
	dir, err = os.MkdirTemp("", "logs-"+name+"-")
	return dir, dir, err
}

// discoverEdges returns the engines below that were not found before.
func (in *inputs) discoverEdges() (found []run.Input) {
	if in.hub.tier == nil {
		return nil
	}
	for _, edge := range in.hub.tier.Discover() {
		found = append(found, edgeInput(in.hub.tier, edge))
	}
	return found
}

// edgeInput makes an input of the events of an edge.
func edgeInput(hub *tier.Hub, edge tier.Edge) run.Input {
	in := run.Input{
		Name: "tier:" + edge.String(), Format: logs.FormatEvent,
		Forget: func(mark string) { hub.Forget(edge, mark) },
	}
	return liveInput(in, func(mark string) (run.Reader, error) {
		r, err := hub.OpenEdge(edge, mark)
		return edgeReader{r}, err
	})
}

// edgeReader is a reader of package tier, as run asks for it.
type edgeReader struct{ *tier.EdgeReader }

func (r edgeReader) Next() (run.Block, error) { return nextBlock(r.EdgeReader.Next) }

// An upstream is the way to the tier above.
type upstream struct {
	*tier.Upstream
	ship    func(context.Context) // runs until the context ends
	scratch string                // a folder to be removed at the end
	end     context.CancelFunc
	running sync.WaitGroup
}

// forwardRoute is the route of events for the tier above.
const forwardRoute = "forward"

// openUpstream opens the way to the tier above, if there is one.
func (s *sinks) openUpstream(c runCmd) error {
	if c.Upstream == "" || c.DryRun {
		return nil
	}
	if s.routes[forwardRoute] != nil {
		return fmt.Errorf("a sink cannot be called %s while there is an --upstream", forwardRoute)
	}
	o := tier.UpstreamOptions{
		Name: c.UpstreamName, MaxBytes: int64(c.UpstreamMax), Full: tier.Full(c.UpstreamFull), Keeps: s.state != nil, Log: s.log,
		Waits: func() {
			s.Flush() // lest what was printed waits as well; what is wrong with it the next one tells
			if s.waits != nil {
				s.waits()
			}
		},
	}
	if strings.Contains(c.Upstream, "://") {
		o.URL = c.Upstream
	} else {
		o.Credential = c.Upstream
	}
	var err error
	if o.Name == "" {
		if o.Name, err = os.Hostname(); err != nil {
			return fmt.Errorf("this host does not know its name, so --upstream-name must say it: %w", err)
		}
	}
	up := &upstream{}
	if o.Dir, up.scratch, err = tierDir(s.state, "upstream"); err != nil {
		return err
	}
	if err = up.open(o); err != nil {
		os.RemoveAll(up.scratch)
		return fmt.Errorf("--upstream: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	up.end = cancel
	up.running.Go(func() { up.ship(ctx) })
	s.up, s.routes[forwardRoute] = up, newRoute(forwardRoute, up.Do)
	return nil
}

// open opens the way to a hub or, where the URL says so, to a cluster.
func (u *upstream) open(o tier.UpstreamOptions) error {
	place, ok := strings.CutPrefix(o.URL, "cluster+")
	if !ok {
		var err error
		if u.Upstream, err = tier.OpenUpstream(o); err == nil {
			u.ship = u.Run
		}
		return err
	}
	at, err := tier.ParseCluster(place)
	if err != nil {
		return err
	}
	p, err := tier.OpenPublisher(o, at)
	if err == nil {
		u.Upstream, u.ship = p.Upstream, p.Run
	}
	return err
}

// drainFor is how long a run that has ended waits for the hub, if what is left
// waits on the disk for the next run.
const drainFor = 4 * time.Second

// closeUpstream waits until the tier above has all events, or ctx ends.
func (s *sinks) closeUpstream(ctx context.Context) {
	if s.up == nil {
		return
	}
	if s.state != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, drainFor)
		defer cancel()
	}
	left := s.up.Drain(ctx)
	s.up.end()
	s.up.running.Wait()
	if err := s.up.Close(); err != nil {
		s.log.Error("the store of what waits for the tier above could not be closed", "error", err)
	}
	os.RemoveAll(s.up.scratch)
	if n := s.up.Stats().Dropped; n > 0 {
		s.givenUp.Add(n)
		s.log.Error("events for the tier above were dropped: too much waited for it", "count", n)
	}
	switch {
	case left == 0:
	case s.state != nil:
		s.log.Warn("events wait for the tier above, until the next run", "count", left)
	default:
		s.givenUp.Add(int64(left))
		s.log.Error("events for the tier above are lost: with --state they would wait for the next run", "count", left)
	}
}

// keptUpstream is where a snapshot says how far the store of the upstream was.
// No sink can be called so.
const keptUpstream = ">"

// keepUpstream notes how far the events are that a snapshot covers.
func (s *sinks) keepUpstream(kept map[string][]byte) error {
	if s.up == nil {
		return nil
	}
	mark, err := s.up.Keep()
	kept[keptUpstream] = strconv.AppendUint(nil, mark, 10)
	return err
}

// Kept tells the upstream that the snapshot lasts.
func (s *sinks) Kept() {
	if s.up != nil {
		s.up.Kept()
	}
}

// resumeUpstream takes out what keepUpstream put in.
func (s *sinks) resumeUpstream(kept map[string][]byte) error {
	text, ok := kept[keptUpstream]
	delete(kept, keptUpstream)
	if !ok || s.up == nil {
		return nil
	}
	mark, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return fmt.Errorf("how far the tier above has the events is damaged: %w", err)
	}
	return s.up.Resume(mark)
}

// stats tells how far the upstream is.
func (u *upstream) stats() web.Sink {
	st := u.Stats()
	return web.Sink{Name: forwardRoute, Delivered: st.Shipped, Dead: st.Dropped, Waiting: st.Waiting}
}
