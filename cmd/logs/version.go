package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCmd is logs version.
type versionCmd struct{}

// Run prints the version of the program and of Go.
func (versionCmd) Run(w *world) error {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	_, err := fmt.Fprintf(w.out, "logs %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
