// Package ruletest runs the tests that people write for their rules, and tells
// why rules did something, or nothing.
//
//	test "three users from one address" {
//	  given """
//	  Oct 28 17:03:11 l096 sshd[16651]: Invalid user a from 62.123.192.212
//	  """
//	  expect print "window: invalid user from 62.123.192.212 blew up"
//	  after 10m
//	  expect nothing else
//	}
//
// A test has an engine of its own, and its lines go through the same loop as
// those of a log: what a test shows is what a run does. Times are in UTC;
// stamps without a year are of the year 2000, and lines before the first
// stamp of a test of its first second.
//
// Events of the tier below take the same way as those that a hub has taken.
//
// Expects that follow each other are a group, which looks at the effects
// since the last group. Each that holds takes the effects that it names;
// nothing else holds if none is left. An archive (*.txtar) is a test in a file
// of its own, with rules, logs and all effects in their order.
//
//	Suite    files with tests ─→ Results ─→ WriteText, WriteTAP, WriteJUnit
//	                             │          Update: the files made right
//	Cover    what of the rules the tests reach
//	Explain  what rules do about each line of a log
//	Why      which lines of a log led to an effect
//
// All of them learn what happens from the trace of the engine, and change
// nothing by it.
package ruletest
