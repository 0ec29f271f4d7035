// Package bench writes synthetic logs, to measure by and to check answers on.
//
//	go run ./bench/gen -lines 1000000 -seed 1 > big.log
//
// The lines look like those of a site's central syslog: about 105 bytes each,
// ten in a second, from 28 October 2007 on. One in twenty is an invalid user at
// sshd. Such lines come from 2,000 addresses, of which at any time a few are at
// work: most try many users, so that they are scanners, and some only two, so
// that they are none.
package bench

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

const (
	addresses   = 2000
	invalid     = 20 // one line in so many is an invalid user
	atWork      = 8  // addresses that are at work at once
	effort      = 20 // lines after which, on average, one gives way to another
	meanStep    = 100800 * time.Microsecond
	stampLayout = time.Stamp
)

var begin = time.Date(2007, 10, 28, 0, 0, 0, 0, time.UTC)

// A site makes lines.
type site struct {
	*rand.Rand
	now    time.Time
	atWork [atWork]int // addresses
}

// Syslog writes a log of so many lines. The same seed gives the same log.
func Syslog(w io.Writer, lines int, seed uint64) error {
	out := bufio.NewWriterSize(w, 1<<20)
	s := &site{Rand: rand.New(rand.NewPCG(seed, 0)), now: begin}
	for i := range s.atWork {
		s.atWork[i] = s.IntN(addresses)
	}
	for range lines {
		s.now = s.now.Add(time.Duration(s.Int64N(int64(2 * meanStep))))
		fmt.Fprintf(out, "%s node%03d ", s.now.Format(stampLayout), s.IntN(300))
		if s.IntN(invalid) == 0 {
			s.invalidUser(out)
		} else {
			s.ordinary(out)
		}
		if err := out.WriteByte('\n'); err != nil {
			return err
		}
	}
	return out.Flush()
}

// invalidUser writes an attempt of one of the addresses.
func (s *site) invalidUser(out io.Writer) {
	address := s.IntN(addresses)
	if s.IntN(10) < 7 {
		i := s.IntN(atWork)
		if s.IntN(effort) == 0 {
			s.atWork[i] = s.IntN(addresses)
		}
		address = s.atWork[i]
	}
	fmt.Fprintf(out, "sshd[%d]: Invalid user %s from %s", s.pid(), s.user(address), ip(address))
}

// user draws a user for an address. Every third address tries only two.
func (s *site) user(address int) string {
	if address%3 == 0 {
		return users[(address+s.IntN(2))%len(users)]
	}
	return users[s.IntN(len(users))]
}

// ip returns an address of the network that is set aside for benchmarks.
func ip(address int) string { return fmt.Sprintf("198.18.%d.%d", address/250, 1+address%250) }

func (s *site) pid() int { return 1000 + s.IntN(31000) }

// ordinary writes what is no news.
func (s *site) ordinary(out io.Writer) {
	host, port, pid := s.IntN(256), 1024+s.IntN(60000), s.pid()
	switch s.IntN(9) {
	case 0:
		fmt.Fprintf(out, "sshd[%d]: Accepted publickey for %s from 10.20.%d.%d port %d ssh2", pid, staff[s.IntN(len(staff))], s.IntN(16), host, port)
	case 1:
		fmt.Fprintf(out, "sshd[%d]: Failed password for invalid user %s from %s port %d ssh2", pid, users[s.IntN(len(users))], ip(s.IntN(addresses)), port)
	case 2:
		fmt.Fprintf(out, "CRON[%d]: (root) CMD (/usr/local/sbin/collect-metrics --interval 60 --spool /var/spool/metrics/%d)", pid, host)
	case 3:
		fmt.Fprintf(out, "dhcpd: DHCPREQUEST for 10.20.%d.%d from 00:16:3e:%02x:%02x:%02x via eth%d", s.IntN(16), host, s.IntN(256), s.IntN(256), s.IntN(256), s.IntN(4))
	case 4:
		fmt.Fprintf(out, "dhcpd: DHCPACK on 10.20.%d.%d to 00:16:3e:%02x:%02x:%02x (desk-%d) via eth0", s.IntN(16), host, s.IntN(256), s.IntN(256), s.IntN(256), host)
	case 5:
		fmt.Fprintf(out, "kernel: [%d.%06d] nfs: server store%02d not responding, still trying; xid %08x, %d retries", port*7, s.IntN(1000000), s.IntN(20), s.Uint32(), s.IntN(9))
	case 6:
		fmt.Fprintf(out, "systemd[1]: session-%d.scope: Deactivated successfully, consumed %d.%03ds CPU time.", pid, s.IntN(60), s.IntN(1000))
	case 7:
		fmt.Fprintf(out, "postfix/smtpd[%d]: connect from mail%d.example.net[10.30.%d.%d]", pid, s.IntN(40), s.IntN(4), host)
	case 8:
		fmt.Fprintf(out, "postfix/qmgr[%d]: %010X: from=<%s@example.org>, size=%d, nrcpt=%d (queue active)", pid, s.Uint64N(1<<40), staff[s.IntN(len(staff))], 400+s.IntN(90000), 1+s.IntN(3))
	}
}

var staff = []string{"kim", "lee", "robin", "sasha", "noor", "alex", "maria", "yuki", "backup-agent", "deploy"}

// users are what scanners try; some of them try to confuse who reads the log.
var users = []string{
	"admin", "test", "guest", "oracle", "webmaster", "mysql", "postgres", "ftp", "nagios", "git", "ubuntu", "pi", "user", "info",
	"a b", "come from afar", "x' or '1'='1", "$(reboot)", ".*", "Administrator", "r00t", "backup", "support", "", "тест", "jenkins",
}
