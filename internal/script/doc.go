// Package script runs the functions of rule files: Starlark files that a rule
// file names by use.
//
//	# seen.star
//	reported = {}
//
//	def first_report(ip, seconds):
//	    if ip in reported:
//	        return False
//	    reported[ip] = seconds
//	    alert("invalid user from " + ip, severity = "high", ip = ip)
//	    return True
//
// Load reads such a file once; New makes the State of one engine, with globals
// of its own; Call runs one function.
//
// # The dialect
//
// It is Starlark with sets; without while, recursion, load, a clock, files and
// the network. Globals stay writable: functions may change the lists, dicts
// and sets that the top level made, and these are the saved state. A name
// itself cannot be bound again. Functions that have no underscore before
// their name can be called by rules, with arguments by place.
//
// At hand beside Starlark's own: print, alert, emit, search, and the stores
// of ensure_window, ensure_context, add_item, find_in_store, map_store and
// delete_store. See builtins.go and stores.go.
//
// # Values
//
//	nil bool int float text   None bool int float string (any bytes)
//	list map                  list dict (a tuple and a set become lists)
//	duration time             of go.starlark.net/lib/time, in the engine's
//	                          zone; there is no time.now
//	message                   .line .time .source .offset .host .program .pid
//	                          .text .event .fields, only during the call
//	context                   .name .count .items .first .last, only during
//	                          the call unless a function made it
//
// # What is bounded
//
// A call may take Module.MaxSteps steps. Making or searching text, lists and
// numbers costs further steps, one for each 128 bytes, before it is done: with
// the default of a million steps no call makes more than 128 MB, whatever the
// line holds. That covers + * += *= % and in, the methods of text, extend and
// update, and the functions that go over a whole list. See cost.go.
//
// A list, dict or set that is a global holds MaxItems; beyond, its oldest
// tenth is dropped, and a fault tells so. What a function makes of long lines
// does not keep them in memory. Values that leave a call have at most
// maxLeaving bytes and parts.
//
// # What is not bounded
//
// Rule files are trusted, and these are theirs to keep small: lists inside of
// other containers; the text of a value that holds one list many times over;
// slices with a step, comparisons, and the operators | & - of dicts and sets,
// which cost one step each; what the default of a parameter or a closure
// holds, which is not saved either.
package script
