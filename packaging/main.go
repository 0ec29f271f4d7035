// Command packaging makes the packages of LoGS: a static program for each
// machine, and a deb and an rpm of it with the service, the manual and the
// completions of shells.
//
//	go run . -version 0.1.0 -out ../dist
//
//	sources ─→ logs for this machine ─→ install, man, completion ─┐
//	        └→ logs for each machine ────────────────────────────┴─→ deb, rpm
//
// What the service is made of comes from logs install, so that a package and
// an installation by hand are the same. It is a module of its own, for what
// makes packages is no part of the program.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	version := flag.String("version", "", "the version of the packages, such as 0.1.0")
	out := flag.String("out", "", "the folder to write to")
	source := flag.String("source", "..", "the folder of the program's module")
	machines := flag.String("arch", "amd64,arm64", "the machines, as Go names them")
	flag.Parse()
	if *version == "" || *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	made, err := makeAll(*source, *out, *version, strings.Split(*machines, ","))
	if err != nil {
		fmt.Fprintln(os.Stderr, "packaging:", err)
		os.Exit(1)
	}
	for _, name := range made {
		fmt.Println(name)
	}
}

// makeAll makes all packages and returns their names.
func makeAll(source, out, version string, machines []string) ([]string, error) {
	work, err := os.MkdirTemp("", "logs-packaging-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	s := stage{source: source, work: work, version: version}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	var made []string
	for _, machine := range machines {
		program, err := s.build(machine)
		if err != nil {
			return nil, err
		}
		for _, format := range []string{"deb", "rpm"} {
			name, err := s.pack(s.contents(program), format, out, machine)
			if err != nil {
				return nil, fmt.Errorf("%s for %s: %w", format, machine, err)
			}
			made = append(made, name)
		}
	}
	return made, nil
}
