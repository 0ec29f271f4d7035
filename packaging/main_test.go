package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPackages makes the packages for one machine and reads what they hold.
func TestPackages(t *testing.T) {
	out := t.TempDir()
	made, err := makeAll("..", out, "0.1.0", []string{"amd64"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(out, "logs_0.1.0_amd64.deb"), filepath.Join(out, "logs-0.1.0-1.x86_64.rpm")}
	if !slices.Equal(made, want) {
		t.Fatalf("made %v, want %v", made, want)
	}
	modes := map[string]string{
		"/usr/bin/logs":                                  "755",
		"/etc/logs/rules.d/ssh-scanner.rdl":              "644",
		"/usr/lib/systemd/system/logs.service":           "644",
		"/usr/lib/sysusers.d/logs.conf":                  "644",
		"/usr/lib/tmpfiles.d/logs.conf":                  "644",
		"/usr/share/bash-completion/completions/logs":    "644",
		"/usr/share/fish/vendor_completions.d/logs.fish": "644",
		"/usr/share/man/man1/logs.1.gz":                  "644",
		"/usr/share/man/man5/logs-rdl.5.gz":              "644",
		"/usr/share/doc/logs/language.md":                "644",
		"/usr/share/doc/logs/operations.md":              "644",
	}
	debModes, rpmModes := maps.Clone(modes), maps.Clone(modes)
	debModes["/usr/share/doc/logs/copyright"] = "644"
	debModes["/usr/share/zsh/vendor-completions/_logs"] = "644"
	rpmModes["/usr/share/licenses/logs/LICENSE"] = "644"
	rpmModes["/usr/share/zsh/site-functions/_logs"] = "644"

	archive := readDeb(t, made[0])
	same(t, "deb", archive.modes, debModes)
	same(t, "rpm", readRPM(t, made[1]), rpmModes)
	checkControl(t, archive)
	checkContents(t, archive)
}

func same(t *testing.T, name string, got, want map[string]string) {
	t.Helper()
	for path, mode := range got {
		if want[path] != mode {
			t.Errorf("%s: %s has mode %s, want %q", name, path, mode, want[path])
		}
	}
	for path := range want {
		if _, ok := got[path]; !ok {
			t.Errorf("%s lacks %s", name, path)
		}
	}
}

// checkControl holds what dpkg is told.
func checkControl(t *testing.T, a debian) {
	t.Helper()
	for _, want := range []string{"Package: logs\n", "Version: 0.1.0\n", "Architecture: amd64\n", "Section: admin\n"} {
		if !strings.Contains(a.text["/control"], want) {
			t.Errorf("control lacks %q:\n%s", want, a.text["/control"])
		}
	}
	if strings.Contains(a.text["/control"], "Depends:") {
		t.Errorf("a static program depends on something:\n%s", a.text["/control"])
	}
	if a.text["/conffiles"] != "/etc/logs/rules.d/ssh-scanner.rdl\n" {
		t.Errorf("the files that an upgrade keeps: %q", a.text["/conffiles"])
	}
	for _, script := range []string{"/postinst", "/prerm"} {
		if !strings.HasPrefix(a.text[script], "#!/bin/sh\n") {
			t.Errorf("%s is %q", script, a.text[script])
		}
	}
}

// checkContents holds what lies in the files.
func checkContents(t *testing.T, a debian) {
	t.Helper()
	for path, want := range map[string]string{
		"/usr/lib/systemd/system/logs.service":           "\nExecStart=/usr/bin/logs run -r /etc/logs/rules.d ",
		"/usr/lib/sysusers.d/logs.conf":                  "\nu logs ",
		"/usr/lib/tmpfiles.d/logs.conf":                  "d /var/lib/logs 0750 logs ",
		"/etc/logs/rules.d/ssh-scanner.rdl":              "\nrule invalid-user {",
		"/usr/share/bash-completion/completions/logs":    "complete -o default -F _logs logs\n",
		"/usr/share/zsh/vendor-completions/_logs":        "#compdef logs\n",
		"/usr/share/fish/vendor_completions.d/logs.fish": "complete -c logs ",
		"/usr/share/doc/logs/copyright":                  "Apache License",
	} {
		if !strings.Contains(a.text[path], want) {
			t.Errorf("%s lacks %q:\n%.500s", path, want, a.text[path])
		}
	}
	for path, want := range map[string]string{
		"/usr/share/man/man1/logs.1.gz": ".TH LOGS 1 ", "/usr/share/man/man5/logs-rdl.5.gz": ".TH LOGS-RDL 5 ",
	} {
		z, err := gzip.NewReader(strings.NewReader(a.text[path]))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if page, err := io.ReadAll(z); err != nil || !strings.HasPrefix(string(page), want) {
			t.Errorf("%s: %.100q, %v", path, page, err)
		}
	}
	program := []byte(a.text["/usr/bin/logs"])
	if !bytes.HasPrefix(program, []byte("\x7fELF")) || bytes.Contains(program, []byte("/ld-linux")) {
		t.Error("the program is not static")
	}
}

// The same sources give the same packages.
func TestPackagesAreReproducible(t *testing.T) {
	var before [][]byte
	for range 2 {
		made, err := makeAll("..", t.TempDir(), "0.1.0", []string{"amd64"})
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range made {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(before) == len(made) && !bytes.Equal(data, before[i]) {
				t.Errorf("%s is another one the second time", filepath.Base(name))
			}
			before = append(before, data)
		}
	}
}

// A debian is what a deb holds: the text of its files, those of the control part
// under the root, and the modes of those that are installed.
type debian struct {
	text, modes map[string]string
}

func readDeb(t *testing.T, name string) debian {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d := debian{map[string]string{}, map[string]string{}}
	rest, ok := bytes.CutPrefix(data, []byte("!<arch>\n"))
	if !ok {
		t.Fatal("no ar archive")
	}
	for len(rest) >= 60 {
		member := strings.TrimRight(string(rest[:16]), " /")
		size, err := strconv.Atoi(strings.TrimSpace(string(rest[48:58])))
		if err != nil {
			t.Fatal(err)
		}
		body := rest[60 : 60+size]
		rest = rest[min(len(rest), 60+size+size%2):]
		if strings.HasSuffix(member, ".tar.gz") {
			d.unpack(t, body, member == "data.tar.gz")
		}
	}
	return d
}

func (d debian) unpack(t *testing.T, body []byte, installed bool) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("/", h.Name)
		d.text[path] = string(text)
		if installed {
			d.modes[path] = fmt.Sprintf("%o", h.Mode&0o777)
		}
	}
}

// The tags of an rpm's header that say which files it has.
const (
	rpmModes      = 1030
	rpmDirIndexes = 1116
	rpmBaseNames  = 1117
	rpmDirNames   = 1118
)

// readRPM returns the modes of the files of an rpm: a lead of 96 bytes, a
// header of signatures, padded to 8, and the header.
func readRPM(t *testing.T, name string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, size := rpmHeader(t, data[96:])
	at := 96 + (size+7)/8*8
	tags, _ := rpmHeader(t, data[at:])
	names := strings.Split(string(tags[rpmBaseNames]), "\x00")
	dirs := strings.Split(string(tags[rpmDirNames]), "\x00")
	files := map[string]string{}
	for i := range len(tags[rpmModes]) / 2 {
		mode := binary.BigEndian.Uint16(tags[rpmModes][2*i:])
		dir := binary.BigEndian.Uint32(tags[rpmDirIndexes][4*i:])
		if mode&0o170000 == 0o100000 {
			files[dirs[dir]+names[i]] = fmt.Sprintf("%o", mode&0o777)
		}
	}
	return files
}

// rpmHeader reads a header: its tags, each with the bytes from its own to the
// end of its values or beyond, and its size.
func rpmHeader(t *testing.T, data []byte) (map[uint32][]byte, int) {
	t.Helper()
	if !bytes.HasPrefix(data, []byte{0x8e, 0xad, 0xe8, 0x01}) {
		t.Fatalf("no header of an rpm: % x", data[:8])
	}
	count, bytesOf := int(binary.BigEndian.Uint32(data[8:])), int(binary.BigEndian.Uint32(data[12:]))
	store := data[16+16*count:][:bytesOf]
	tags := map[uint32][]byte{}
	width := map[uint32]int{3: 2, 4: 4}
	for i := range count {
		entry := data[16+16*i:]
		tag, kind := binary.BigEndian.Uint32(entry), binary.BigEndian.Uint32(entry[4:])
		offset, n := binary.BigEndian.Uint32(entry[8:]), int(binary.BigEndian.Uint32(entry[12:]))
		tags[tag] = store[offset:]
		if w := width[kind]; w > 0 {
			tags[tag] = store[offset:][:w*n]
		}
	}
	return tags, 16 + 16*count + bytesOf
}
