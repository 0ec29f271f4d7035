package rdl

import (
	"errors"
	"testing"
)

func TestCheck(t *testing.T) {
	testErrors(t, "testdata/check.rdl", func(name, src string) Errors {
		_, err := testLoader().LoadSource(name, src)
		var errs Errors
		errors.As(err, &errs)
		return errs
	})
}
