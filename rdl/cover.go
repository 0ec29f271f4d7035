package rdl

import (
	"strings"

	"github.com/logs-rdl/logs"
)

// A Point is a part of the rules that tests reach or do not. Points of one
// file may lie within each other.
type Point struct {
	File *File
	Span
	What string // as "rule nfs-down", "where, held back", or a statement as written
}

// Line returns the line that the point begins on, from 1.
func (p Point) Line() int {
	line, _ := p.File.Position(p.Start)
	return line
}

// Covering goes through the program as it is compiled:
//
//	rule a {                          a match of the whole rule
//	  where count > 3                 that it holds the rule back
//	  doing {
//	    if x { print "..." }          each statement; an if without else: not x
//	  }
//	  on timeout alert "..."
//	}
//
// Nothing of it is in a program that is loaded without Loader.Cover.

// covered makes a function that tells that a point was reached; nil if nobody
// asks.
func (c *compiler) covered(at Node, what string) func() {
	if c.loader.Cover == nil {
		return nil
	}
	return c.loader.Cover(Point{c.file, at.Extent(), what})
}

// coverStmt lets a statement tell that it runs.
func (c *compiler) coverStmt(s Stmt, act logs.Action) logs.Action {
	if _, ok := s.(*Block); ok || act == nil || c.loader.Cover == nil {
		return act
	}
	hit := c.covered(s, c.brief(s))
	return func(env *logs.Env) error { hit(); return act(env) }
}

// maxBrief is how many runes of a statement a report shows.
const maxBrief = 60

// brief is a statement as a report shows it: of one that holds others its
// first word.
func (c *compiler) brief(s Stmt) string {
	words := strings.Fields(c.source(s))
	switch s.(type) {
	case *If, *For, *Rule, *Store, *At, *Every, *In:
		return words[0]
	}
	text := []rune(strings.Join(words, " "))
	if len(text) > maxBrief {
		return string(text[:maxBrief]) + "..."
	}
	return string(text)
}

// coverElse gives an if without else something to do there.
func (c *compiler) coverElse(s *If) []logs.Action {
	if s.Else != nil {
		return nil
	}
	hit := c.covered(s.Cond, "if, not so")
	if hit == nil {
		return nil
	}
	return []logs.Action{func(*logs.Env) error { hit(); return nil }}
}

// coverMatch puts before the actions of a rule or ruleset one that tells that
// they run.
func (c *compiler) coverMatch(at Node, word string, name *Ident, actions []logs.Action) []logs.Action {
	if c.loader.Cover == nil {
		return actions
	}
	hit := c.covered(at, strings.TrimSpace(word+" "+named(name)))
	return append([]logs.Action{func(*logs.Env) error { hit(); return nil }}, actions...)
}

// coverWhere lets a condition tell that it held a rule back.
func (c *compiler) coverWhere(w *Where, where func(*logs.Env) bool) func(*logs.Env) bool {
	hit := c.covered(w, "where, held back")
	if hit == nil {
		return where
	}
	return func(env *logs.Env) bool {
		if where(env) {
			return true
		}
		hit()
		return false
	}
}

// coverStep lets the match of a step tell that it holds.
func (c *compiler) coverStep(d *Step, m logs.Match) logs.Match {
	hit := c.covered(d, "step "+d.Name.Name)
	if hit == nil {
		return m
	}
	return logs.MatchFunc(func(env *logs.Env) bool {
		if !m.Holds(env) {
			return false
		}
		hit()
		return true
	})
}
