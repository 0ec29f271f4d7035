package sink

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/userdata"
	"golang.org/x/sys/unix"
)

// All that one ban needs goes to the kernel as one batch, which it takes whole
// or not at all:
//
//	table?  set?  chain?  rule?  element, without it, element
//
// What is marked with ? is left out where it is there already.

// beforeFilter is a priority before that of the chains that most firewalls
// have, so that what they accept is dropped all the same.
const beforeFilter = -10

// A family is what bans of IPv4 and of IPv6 differ in.
type family struct {
	suffix string
	key    nftables.SetDatatype
	proto  byte   // in the packet's meta data
	source uint32 // where the source address stands in the header
}

func families() [2]family {
	return [2]family{
		{"4", nftables.TypeIPAddr, unix.NFPROTO_IPV4, 12},
		{"6", nftables.TypeIP6Addr, unix.NFPROTO_IPV6, 8},
	}
}

func (f *Firewall) table() *nftables.Table {
	return &nftables.Table{Name: cmp.Or(f.Table, "logs"), Family: nftables.TableFamilyINet}
}

func (f *Firewall) set(t *nftables.Table, of family) *nftables.Set {
	return &nftables.Set{
		Table: t, Name: cmp.Or(f.Set, "banned") + of.suffix, KeyType: of.key, HasTimeout: true, Size: f.max(),
	}
}

// setFor returns the set that an address belongs to.
func (f *Firewall) setFor(a netip.Addr) *nftables.Set {
	of := families()[0]
	if a.Is6() {
		of = families()[1]
	}
	return f.set(f.table(), of)
}

// chains names the chains and their hooks.
func (f *Firewall) chains(t *nftables.Table) []*nftables.Chain {
	accept := nftables.ChainPolicyAccept
	chain := func(name string, hook *nftables.ChainHook) *nftables.Chain {
		return &nftables.Chain{
			Name: name, Table: t, Type: nftables.ChainTypeFilter, Hooknum: hook,
			Priority: nftables.ChainPriorityRef(beforeFilter), Policy: &accept,
		}
	}
	all := []*nftables.Chain{chain("input", nftables.ChainHookInput)}
	if f.Forward {
		all = append(all, chain("forward", nftables.ChainHookForward))
	}
	return all
}

// block puts an address into its set.
func (f *Firewall) block(a netip.Addr, span time.Duration) error {
	conn, err := nftables.New()
	if err != nil {
		return err
	}
	if err := f.prepare(conn); err != nil {
		return f.explain(err)
	}
	set := f.setFor(a)
	banned := []nftables.SetElement{{Key: a.AsSlice(), Timeout: wholeMillis(span)}}
	// Before Linux 6.12 one that is there keeps its time when it is put in
	// again, and one that is not there cannot be taken out: so it is put in,
	// taken out, and put in.
	err = errors.Join(
		conn.SetAddElements(set, banned),
		conn.SetDeleteElements(set, []nftables.SetElement{{Key: a.AsSlice()}}),
		conn.SetAddElements(set, banned),
		conn.Flush(),
	)
	return f.explain(err)
}

// wholeMillis rounds up to what the kernel counts in: a time that became 0
// would never end.
func wholeMillis(d time.Duration) time.Duration {
	if rest := d % time.Millisecond; rest > 0 {
		return d - rest + time.Millisecond
	}
	return d
}

// unblock takes an address out of its set. That it is not there is well.
func (f *Firewall) unblock(a netip.Addr) error {
	conn, err := nftables.New()
	if err != nil {
		return err
	}
	if err := conn.SetDeleteElements(f.setFor(a), []nftables.SetElement{{Key: a.AsSlice()}}); err != nil {
		return err
	}
	if err := conn.Flush(); !errors.Is(err, syscall.ENOENT) {
		return f.explain(err)
	}
	return nil
}

// explain adds what helps to an error of the kernel.
func (f *Firewall) explain(err error) error {
	switch {
	case errors.Is(err, os.ErrPermission):
		return Permanent(fmt.Errorf("%w; it takes the capability CAP_NET_ADMIN, which logs install --firewall gives", err))
	case errors.Is(err, syscall.ENFILE):
		f.full.Add(1)
		return fmt.Errorf("%d addresses are banned, which is as many as may: %w", f.max(), err)
	}
	return err
}

// prepare adds to the batch what the firewall lacks.
func (f *Firewall) prepare(conn *nftables.Conn) error {
	t := f.table()
	tables, err := conn.ListTablesOfFamily(t.Family)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(tables, func(have *nftables.Table) bool { return have.Name == t.Name }) {
		conn.AddTable(t)
		return f.fill(conn, nil, nil)
	}
	sets, err := conn.GetSets(t)
	if err != nil {
		return err
	}
	chains, err := conn.ListChainsOfTableFamily(t.Family)
	if err != nil {
		return err
	}
	return f.fill(conn, sets, chains)
}

// fill adds the sets, chains and rules that are missing in the table.
func (f *Firewall) fill(conn *nftables.Conn, sets []*nftables.Set, chains []*nftables.Chain) error {
	t := f.table()
	for _, of := range families() {
		set := f.set(t, of)
		if slices.ContainsFunc(sets, func(have *nftables.Set) bool { return have.Name == set.Name }) {
			continue
		}
		if err := conn.AddSet(set, nil); err != nil {
			return err
		}
	}
	for _, c := range f.chains(t) {
		var rules []*nftables.Rule
		if !slices.ContainsFunc(chains, func(have *nftables.Chain) bool {
			return have.Table.Name == t.Name && have.Name == c.Name
		}) {
			conn.AddChain(c)
		} else if have, err := conn.GetRules(t, c); err != nil {
			return err
		} else {
			rules = have
		}
		f.fillChain(conn, c, rules)
	}
	return nil
}

// fillChain adds to a chain the rules that it lacks. They are known by their
// comments, which are the names of their sets.
func (f *Firewall) fillChain(conn *nftables.Conn, c *nftables.Chain, rules []*nftables.Rule) {
	for _, of := range families() {
		rule := &nftables.Rule{Table: c.Table, Chain: c, Exprs: f.drop(of)}
		rule.UserData = userdata.AppendString(nil, userdata.TypeComment, f.set(c.Table, of).Name)
		if !slices.ContainsFunc(rules, func(have *nftables.Rule) bool { return bytes.Equal(have.UserData, rule.UserData) }) {
			conn.AddRule(rule)
		}
	}
}

// drop is the rule "ip saddr @banned4 counter drop" of a family.
func (f *Firewall) drop(of family) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{of.proto}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: of.source, Len: of.key.Bytes},
		&expr.Lookup{SourceRegister: 1, SetName: f.set(f.table(), of).Name},
		&expr.Counter{},
		&expr.Verdict{Kind: expr.VerdictDrop},
	}
}
