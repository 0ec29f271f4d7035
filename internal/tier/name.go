package tier

import (
	"fmt"
	"regexp"
	"strings"
)

// Subjects. An edge says
//
//	up.DEPARTMENT.HOST
//
// and is not let to say anything else; the hub keeps what it takes under
//
//	tier.DEPARTMENT.HOST      in the stream tier-DEPARTMENT

// localDepartment is whose the edges of a hub without trust are.
const localDepartment = "local"

var departmentForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$`)

// A host has letters, digits and some signs, of which none comes first; no
// expression says so, for one with such a repeat slows every start down.
const (
	lettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	hostSigns        = "_.-"
	maxHost          = 253 // bytes
)

func isHost(name string) bool {
	return 0 < len(name) && len(name) <= maxHost && strings.IndexByte(hostSigns, name[0]) < 0 &&
		strings.Trim(name, lettersAndDigits+hostSigns) == ""
}

// CheckName tells whether an edge may have that name.
func CheckName(host string) error {
	if !isHost(host) {
		return fmt.Errorf("%q cannot be the name of an edge: try letters, digits, dots and dashes", host)
	}
	return nil
}

// token is a host as it stands in a subject, where dots have a meaning.
func token(host string) string { return strings.ReplaceAll(host, ".", "~") }

// hostOf is the host that a token stands for; false if it is none.
func hostOf(token string) (string, bool) {
	host := strings.ReplaceAll(token, "~", ".")
	return host, isHost(host) && !strings.Contains(token, ".")
}

func upSubject(department, host string) string   { return "up." + department + "." + token(host) }
func tierSubject(department, host string) string { return "tier." + department + "." + token(host) }
func streamName(department string) string        { return "tier-" + department }
func inboxOf(department string) string           { return "_INBOX." + department }

// splitSubject returns the department and the host of a subject.
func splitSubject(subject string) (department, host string, ok bool) {
	words := strings.Split(subject, ".")
	if len(words) != 3 {
		return "", "", false
	}
	host, ok = hostOf(words[2])
	return words[1], host, ok
}
