package lint

import "slices"

// checks are all checks, in the order of their codes.
func checks() []func(*pass) {
	return []func(*pass){
		(*pass).reach,
		(*pass).shadows, (*pass).unused,
		(*pass).filter, (*pass).habits,
		(*pass).storeLife, (*pass).storeFiring,
		(*pass).programs, (*pass).files, (*pass).flood, (*pass).bans,
		(*pass).untested,
	}
}

// Codes returns all codes, in order.
func Codes() []*Code {
	return slices.Concat(reachCodes, nameCodes, filterCodes, habitCodes, storeCodes, safetyCodes, testCodes)
}

// Find returns the code of that ID, nil if there is none.
func Find(id string) *Code {
	for _, c := range Codes() {
		if c.ID == id {
			return c
		}
	}
	return nil
}
