// Package learn finds out what a log says: it gathers lines that are the same
// but for their values into templates, and counts them.
//
//	l := learn.New()
//	log := l.Log(stamps, time.Local) // a when.Reader
//	for line := range lines {
//		log.Add(line)
//	}
//	for _, t := range l.Templates() {
//		fmt.Println(t.Count, t)
//	}
//	// 113 sshd: Invalid user {USER:user} from {IP:ip}
//
// # How
//
// The header of a line, its stamp, host and program, is left out. The text is
// cut into tokens (lex.go):
//
//	Invalid user webmaster from 173.234.31.186:22
//	word    word value     word value         :value
//
// Values are known by how they look (kind.go), or by what stands before them:
// numbers, addresses, paths, what follows an equals sign. Then a fixed number
// of steps leads to the groups that may hold the line (learn.go), by program,
// by the shape of its tokens, and by its first word. It joins the one with which
// it shares most words, at least three fifths, and where their words differ, the
// group takes them for values from then on. A line that shares too few begins a
// group.
//
// A group whose words took few values, each of them often, is told apart again:
// "link is up" and "link is down" are two templates, a hundred interfaces one.
//
// The same lines in the same order give the same templates. Memory is bounded
// by the number of groups, whatever the log holds: what no longer finds a place
// is counted. Nothing here reads a clock.
package learn
