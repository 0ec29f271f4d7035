package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/goreleaser/nfpm/v2/files"
)

// A stage is where the files of the packages are put together.
type stage struct {
	source  string // the folder of the program's module
	work    string
	version string
}

func (s stage) path(name string) string { return filepath.Join(s.work, name) }

// prepare makes all but the programs.
func (s stage) prepare() error {
	host, err := s.build(runtime.GOARCH)
	if err != nil {
		return err
	}
	if _, err := run("", nil, host, "install", "--root", s.path("root"), "--program", "/usr/bin/logs"); err != nil {
		return err
	}
	for name, args := range map[string][]string{
		"bash": {"completion", "bash"}, "zsh": {"completion", "zsh"}, "fish": {"completion", "fish"},
		"logs.1.gz": {"man", "logs"}, "logs-rdl.5.gz": {"man", "logs-rdl"},
	} {
		text, err := run("", nil, host, args...)
		if err != nil {
			return err
		}
		if filepath.Ext(name) == ".gz" {
			text = zipped(text)
		}
		if err := os.WriteFile(s.path(name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// build builds the program for a machine and returns its path. The same
// sources give the same bytes, wherever they lie.
func (s stage) build(machine string) (string, error) {
	program, err := filepath.Abs(s.path("logs-" + machine))
	if err != nil {
		return "", err
	}
	env := []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + machine}
	_, err = run(s.source, env, "go", "build", "-trimpath", "-ldflags", "-s -w -X main.release="+s.version, "-o", program, "./cmd/logs")
	return program, err
}

// contents lists the files of a package.
func (s stage) contents(program string) files.Contents {
	source := func(name string) string { return filepath.Join(s.source, name) }
	file := func(from, to string) *files.Content {
		return &files.Content{Source: from, Destination: to, FileInfo: &files.ContentFileInfo{Mode: 0o644}}
	}
	binary := file(program, "/usr/bin/logs")
	binary.FileInfo.Mode = 0o755
	sample := file(s.path("root/etc/logs/rules.d/ssh-scanner.rdl"), "/etc/logs/rules.d/ssh-scanner.rdl")
	sample.Type = files.TypeConfigNoReplace
	copyright := file(source("LICENSE"), "/usr/share/doc/logs/copyright")
	copyright.Packager = "deb"
	license := file(source("LICENSE"), "/usr/share/licenses/logs/LICENSE")
	license.Packager, license.Type = "rpm", files.TypeRPMLicense
	zshDeb := file(s.path("zsh"), "/usr/share/zsh/vendor-completions/_logs")
	zshDeb.Packager = "deb"
	zshRPM := file(s.path("zsh"), "/usr/share/zsh/site-functions/_logs")
	zshRPM.Packager = "rpm"
	return files.Contents{
		binary, sample, copyright, license, zshDeb, zshRPM,
		file(s.path("root/etc/systemd/system/logs.service"), "/usr/lib/systemd/system/logs.service"),
		file(s.path("root/etc/sysusers.d/logs.conf"), "/usr/lib/sysusers.d/logs.conf"),
		file(s.path("root/etc/tmpfiles.d/logs.conf"), "/usr/lib/tmpfiles.d/logs.conf"),
		file(s.path("bash"), "/usr/share/bash-completion/completions/logs"),
		file(s.path("fish"), "/usr/share/fish/vendor_completions.d/logs.fish"),
		file(s.path("logs.1.gz"), "/usr/share/man/man1/logs.1.gz"),
		file(s.path("logs-rdl.5.gz"), "/usr/share/man/man5/logs-rdl.5.gz"),
		file(source("docs/language.md"), "/usr/share/doc/logs/language.md"),
		file(source("docs/operations.md"), "/usr/share/doc/logs/operations.md"),
	}
}

// zipped packs a text, with no time in it.
func zipped(text []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // a level that there is
	z.Write(text)                                         // a Buffer takes everything
	z.Close()
	return b.Bytes()
}

// run runs a program in a folder and returns what it prints.
func run(dir string, env []string, program string, args ...string) ([]byte, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w\n%s", filepath.Base(program), args, err, &complaints)
	}
	return out, nil
}
