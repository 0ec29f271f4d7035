package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is the version of a package; whoever builds one sets it with
// -ldflags "-X main.release=0.1.0".
var release string

// versionCmd is logs version.
type versionCmd struct{}

// Run prints the version of the program and of Go.
func (versionCmd) Run(w *world) error {
	_, err := fmt.Fprintf(w.out, "logs %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version returns the version that the program was built as.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
