package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"
)

const description = `Reads logs by rules and tells what they mean together
One static program that reads logs live or afterwards, by the clock of their
lines, and finds what several lines say together: thresholds, sequences, what
did not come, across logs and hosts.`

// pack writes a package and returns its name.
func (s stage) pack(contents files.Contents, format, out, machine string) (string, error) {
	packagers := map[string]nfpm.Packager{"deb": deb.Default, "rpm": rpm.DefaultRPM}
	script := func(name string) string { return filepath.Join(s.source, "packaging/scripts", name) }
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: "logs", Arch: machine, Platform: "linux", Version: s.version, MTime: built(),
		Section: "admin", Priority: "optional", License: "Apache-2.0", Maintainer: "The LoGS authors",
		Homepage: "https://github.com/logs-rdl/logs", Description: description,
		Overridables: nfpm.Overridables{
			Contents: contents,
			Scripts:  nfpm.Scripts{PostInstall: script("postinstall.sh"), PreRemove: script("preremove.sh")},
			RPM:      nfpm.RPM{BuildHost: "localhost"}, // and not the name of whichever it was
		},
	})
	if err := nfpm.PrepareForPackager(info, format); err != nil {
		return "", err
	}
	name := filepath.Join(out, packagers[format].ConventionalFileName(info))
	f, err := os.Create(name)
	if err != nil {
		return "", err
	}
	return name, errors.Join(packagers[format].Package(info, f), f.Close())
}

// built is the time that all files bear: SOURCE_DATE_EPOCH, or 1970, so that
// the same sources give the same packages.
func built() time.Time {
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		seconds = 0
	}
	return time.Unix(seconds, 0).UTC()
}
