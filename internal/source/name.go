package source

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Exists tells whether there is a file of that name.
func Exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// ParseName takes the offset off a LOG:OFFSET, where exists says whether a
// file has the whole of that name: then it is no offset.
//
//	ParseName("auth.log:4096", Exists)  ->  "auth.log", 4096
func ParseName(arg string, exists func(string) bool) (name string, offset int64, err error) {
	colon := strings.LastIndexByte(arg, ':')
	if colon <= 0 || !allDigits(arg[colon+1:]) || exists(arg) {
		return arg, 0, nil
	}
	offset, err = strconv.ParseInt(arg[colon+1:], 10, 64)
	if err != nil {
		return "", 0, fmt.Errorf("%s: the offset is too large for any log", arg)
	}
	return arg[:colon], offset, nil
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// Expand replaces arguments that are patterns, such as "/var/log/auth.log*",
// by the files they match, sorted by name for each argument. It leaves out
// directories and, unless the pattern asks for them, names that start with a
// dot. "-" and what is no pattern stay, and so does the name of a file that
// looks like a pattern. A pattern that matches nothing is an error.
func Expand(args []string) ([]string, error) {
	var names []string
	for _, arg := range args {
		name, offset, err := ParseName(arg, Exists)
		switch {
		case err != nil:
			return nil, err
		case !isPattern(name):
			names = append(names, arg)
			continue
		case offset > 0:
			return nil, fmt.Errorf("%s: an offset needs the name of one log, not a pattern", arg)
		}
		found, err := glob(name)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	return names, nil
}

func glob(pattern string) ([]string, error) {
	found, err := matches(pattern)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(name string) bool {
		info, err := os.Stat(name)
		return err == nil && info.IsDir()
	})
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no file matches the pattern", pattern)
	}
	return found, nil
}

// matches returns the names that match a pattern, directories among them, in
// order.
func matches(pattern string) ([]string, error) {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: a [ wants its ], or a \\ before it", pattern, err)
	}
	if !strings.HasPrefix(filepath.Base(pattern), ".") {
		found = slices.DeleteFunc(found, func(name string) bool { return strings.HasPrefix(filepath.Base(name), ".") })
	}
	slices.Sort(found)
	return found, nil
}

// isPattern tells whether a name stands for others: no file has it.
func isPattern(name string) bool { return strings.ContainsAny(name, `*?[`) && !Exists(name) }
