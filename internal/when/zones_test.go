package when

import (
	"testing"
	"time"
	_ "time/tzdata" // tests do not depend on what the machine has installed
)

// zoneOf loads a zone by its name.
func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// The zones that tests draw from: both hemispheres, changes at midnight, by half
// an hour, in Ramadan, of a whole day, and none.
var zoneNames = []string{
	"UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe",
	"Africa/Casablanca", "Asia/Beirut", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu", "Africa/Monrovia",
}
