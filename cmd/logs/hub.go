package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/logs-rdl/logs/internal/tier"
	"github.com/logs-rdl/logs/internal/when"
)

// hubCmd is logs hub.
type hubCmd struct {
	Init hubInitCmd `cmd:"" help:"Make the certificates of a hub."`
	User hubUserCmd `cmd:"" help:"The departments whose engines may send events."`
}

// hubUserCmd is logs hub user.
type hubUserCmd struct {
	Add    hubAddCmd    `cmd:"" help:"Add a department, or renew its credential: the one before is revoked."`
	List   hubListCmd   `cmd:"" help:"List the departments."`
	Remove hubRemoveCmd `cmd:"" help:"Revoke the credential of a department, at once."`
}

// trustFlag names the folder of a hub.
type trustFlag struct {
	Dir string `default:"/etc/logs/hub" placeholder:"DIR" help:"The folder of the hub's certificates and users."`
}

func (f trustFlag) trust() tier.Trust { return tier.Trust{Dir: f.Dir} }

// hubInitCmd is logs hub init.
type hubInitCmd struct {
	trustFlag `embed:""`
	Host      []string `required:"" sep:"none" placeholder:"NAME[:PORT]" help:"A name or address by which engines below know the hub; the first is where they connect to; repeatable."`
}

// Run makes the folder.
func (c hubInitCmd) Run(w *world) error {
	if err := c.trust().Init(c.Host, time.Now()); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "%s holds the certificates; now: logs hub user add NAME\n", c.Dir)
	return nil
}

// hubAddCmd is logs hub user add.
type hubAddCmd struct {
	trustFlag `embed:""`
	Name      string   `arg:"" help:"The name of the department."`
	Expires   spanFlag `default:"52w" placeholder:"D" help:"How long the credential is valid."`
	Rate      rateFlag `placeholder:"N/s" help:"How many events it may send a second; any number if none is given."`
	MaxBytes  byteSize `placeholder:"SIZE" help:"How much of it may lie at the hub and wait to be read; 8GiB if none is given."`
	Out       string   `short:"o" placeholder:"FILE" help:"The file that its engines need; NAME.cred if none is named."`
}

// spanFlag is a span of time as rules write it.
type spanFlag time.Duration

// UnmarshalText reads a span such as 90d.
func (f *spanFlag) UnmarshalText(text []byte) error {
	d, err := when.ParseDuration(string(text))
	if err == nil && d <= 0 {
		err = fmt.Errorf("%q is no span of time to come", text)
	}
	*f = spanFlag(d)
	return err
}

// rateFlag is a number a second.
type rateFlag int64

// UnmarshalText reads a rate such as 500/s.
func (f *rateFlag) UnmarshalText(text []byte) error {
	n, err := strconv.ParseInt(strings.TrimSuffix(string(text), "/s"), 10, 32)
	if err != nil || n <= 0 {
		return fmt.Errorf("%q is no rate: try one such as 500/s", text)
	}
	*f = rateFlag(n)
	return nil
}

// Run adds the department and writes the file.
func (c hubAddCmd) Run(w *world) error {
	if c.MaxBytes > 0 && c.MaxBytes < leastBytes {
		return fmt.Errorf("--max-bytes: less than %d bytes have no room for what an engine sends at once", leastBytes)
	}
	now := time.Now()
	credential, err := c.trust().AddUser(tier.User{
		Name: c.Name, Expires: now.Add(time.Duration(c.Expires)), Rate: int64(c.Rate), MaxBytes: int64(c.MaxBytes),
	}, now)
	if err != nil {
		return err
	}
	if c.Out == "" {
		c.Out = c.Name + ".cred"
	}
	if err := writeSecret(c.Out, credential); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "%s is all that an engine of %s needs: logs run --upstream %s ...\n", c.Out, c.Name, c.Out)
	return nil
}

// leastBytes is the least that a department must be able to have lie at a hub.
const leastBytes = 1 << 20

// writeSecret writes a file that its owner alone can read, also if one of that
// name was there that others could.
func writeSecret(name string, data []byte) error {
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// hubListCmd is logs hub user list.
type hubListCmd struct {
	trustFlag `embed:""`
}

// Run prints the departments.
func (c hubListCmd) Run(w *world) error {
	users, err := c.trust().Users()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DEPARTMENT\tEXPIRES\tRATE\tMAX BYTES")
	for _, u := range users {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", u.Name, u.Expires.UTC().Format(time.DateTime), orDash(u.Rate, "/s"), orDash(u.MaxBytes, ""))
	}
	return table.Flush()
}

func orDash(n int64, unit string) string {
	if n == 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10) + unit
}

// hubRemoveCmd is logs hub user remove.
type hubRemoveCmd struct {
	trustFlag `embed:""`
	Name      string `arg:"" help:"The name of the department."`
}

// Run revokes the credential.
func (c hubRemoveCmd) Run(*world) error { return c.trust().RemoveUser(c.Name) }
