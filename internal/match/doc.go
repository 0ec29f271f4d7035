// Package match turns the patterns of rules into matchers over lines.
//
// A pattern is written in RE2's syntax, with groups named (?P<n>...) or (?<n>...), and may
// hold holes: {name} stands for a value that is known only when the line is. A value is
// taken literally, whatever it holds, so text from a log never becomes an expression.
//
//	p, err := match.Compile(`tunnel {net} (up|down)`)
//	...
//	offsets, outcome := p.Find(nil, "tunnel 10.8.0.0/16 down", []string{"10.8.0.0/16"})
//	// outcome is match.Yes; offsets[2:4] holds "down"
//
// # What runs a pattern
//
//	literal(run)literal(run)...  ──► skeleton.go              no allocation
//	others without holes         ──► gate, graph.go           no allocation
//	any other RE2 pattern        ──► gate, package regexp     linear time
//	look-around, references      ──► gate, lookaround.go      bounded time, may give up
//
// The gate says no if the line holds none of the pattern's Literals, or not the values of
// holes that every match holds.
//
// What is too much for the first two, package regexp takes.
//
// All mean the same by a pattern: leftmost-first, as Perl; \w \d \s and \b know only ASCII;
// case folding is Unicode's; a byte that is not UTF-8 is one character, which the pattern's
// own text sees as U+FFFD. Only the values of holes tell such bytes apart: they match the
// very bytes they hold.
//
// Lines that are tried against many patterns first ask a [Set], which names the few that
// might match.
//
// # Time
//
// Patterns with look-around are stopped after [Timeout] of the wall clock, so whether one
// gives up may differ from run to run; what it finds does not. Their engine reads the time
// from a goroutine of its own, which ends about a second after its last use ([StopClock]
// ends it at once, for tests that look for leaks). Nothing else here depends on time, starts
// a goroutine, or keeps anything between two calls but a bounded cache of filled patterns.
package match
