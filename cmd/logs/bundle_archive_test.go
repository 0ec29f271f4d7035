package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// smallProgram is what looks like a program by its headers: they, and some
// bytes of code.
func smallProgram(t interface{ Fatal(...any) }, machine elf.Machine) []byte {
	code := []byte("no code that would run")
	head := elf.Header64{
		Ident:   [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:    uint16(elf.ET_EXEC),
		Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	part := elf.Prog64{Type: uint32(elf.PT_LOAD), Off: 64 + 56, Filesz: uint64(len(code)), Memsz: uint64(len(code))}
	var b bytes.Buffer
	for _, x := range []any{head, part, code} {
		if err := binary.Write(&b, binary.LittleEndian, x); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// bundled puts a bundle behind a program.
func bundled(t interface{ Fatal(...any) }, program []byte, b *bundle) []byte {
	archive, err := b.archive(int64(len(program)))
	if err != nil {
		t.Fatal(err)
	}
	return append(slices.Clone(program), archive...)
}

func reread(data []byte) (*bundle, error) { return readBundle(bytes.NewReader(data), int64(len(data))) }

func sampleBundle() *bundle {
	b := &bundle{Version: "1", Flags: []string{"--follow"}, Rules: []string{"r.rdl"}, Globs: map[string][]string{"x/*.rdl": {"x/a.rdl"}}}
	b.hold("r.rdl", heldRules, []byte(`include "x/*.rdl"`))
	b.hold("x/a.rdl", heldRules, []byte(`rule { matching "a"; doing print "b" }`))
	return b
}

// Whatever a bundle holds, it gives back; and a bundle in the place of the
// program is replaced.
func TestBundleHoldsWhatItIsGiven(t *testing.T) {
	program := smallProgram(t, elf.EM_X86_64)
	rapid.Check(t, func(t *rapid.T) {
		b := &bundle{Version: "1", Flags: rapid.SliceOf(rapid.StringMatching(`[ -~]*`)).Draw(t, "flags")}
		for i, data := range rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 0, 5).Draw(t, "files") {
			dir := rapid.SampledFrom([]string{"", "/etc/", "../", "a b/"}).Draw(t, "dir")
			b.hold(fmt.Sprintf("%sfile%d", dir, i), heldOther, data)
		}
		whole := bundled(t, program, b)
		got, err := reread(whole)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Flags, b.Flags) || len(got.Files) != len(b.Files) {
			t.Fatalf("it holds %v, want %v", got, b)
		}
		for i, f := range got.Files {
			if want := b.Files[i]; f.Name != want.Name || f.Kind != want.Kind || !bytes.Equal(f.data, want.data) {
				t.Fatalf("file %d is %v, want %v", i, f, want)
			}
		}
		end, err := programEnd(bytes.NewReader(whole), int64(len(whole)))
		if err != nil || end != int64(len(program)) {
			t.Fatalf("the program ends at %d of %d (%v)", end, len(program), err)
		}
	})
}

func TestTheSameFilesGiveTheSameBundle(t *testing.T) {
	program := smallProgram(t, elf.EM_X86_64)
	if !bytes.Equal(bundled(t, program, sampleBundle()), bundled(t, program, sampleBundle())) {
		t.Error("two bundles differ")
	}
}

// Wherever a bundle is cut off, it says so; only the program alone is whole.
func TestTornBundleSaysSo(t *testing.T) {
	program := smallProgram(t, elf.EM_AARCH64)
	whole := bundled(t, program, sampleBundle())
	for n := len(elf.ELFMAG); n < len(whole); n++ {
		b, err := reread(whole[:n])
		switch {
		case n == len(program):
			if b != nil || err != nil {
				t.Errorf("the program alone: %v, %v", b, err)
			}
		case !errors.Is(err, errTorn):
			t.Errorf("cut after %d of %d bytes (%d of them program): %v, %v", n, len(whole), len(program), b, err)
		}
	}
}

// Whatever byte of the archive is another, it is noticed.
func TestDamagedBundleSaysSo(t *testing.T) {
	program := smallProgram(t, elf.EM_X86_64)
	whole := bundled(t, program, sampleBundle())
	for i := len(program) + len("PK\x03\x04"); i < len(whole); i++ {
		damaged := slices.Clone(whole)
		damaged[i] ^= 0x55
		if b, err := reread(damaged); err == nil {
			t.Errorf("byte %d of %d: %v", i, len(whole), b)
		}
	}
}

func TestWhatIsNoBundle(t *testing.T) {
	for _, data := range []string{"", "x", "#!/bin/sh\nexec logs run\n", strings.Repeat("x", 1000), string(smallProgram(t, elf.EM_X86_64)) + "a signature"} {
		if b, err := reread([]byte(data)); b != nil || err != nil {
			t.Errorf("%.20q: %v, %v", data, b, err)
		}
	}
}

func TestBundleIsBounded(t *testing.T) {
	b := &bundle{}
	half := make([]byte, maxHeld/2)
	for i := range 3 {
		b.hold(fmt.Sprint(i), heldOther, half)
	}
	if _, err := b.archive(0); err == nil || !strings.Contains(err.Error(), "a bundle holds 268435456") {
		t.Errorf("three halves were held: %v", err)
	}
}

// FuzzBundle: no archive brings the program down, nor does one that is signed.
func FuzzBundle(f *testing.F) {
	program := smallProgram(f, elf.EM_X86_64)
	whole := bundled(f, program, sampleBundle())
	f.Add(whole, false)
	f.Add(whole[len(program):], true)
	f.Add(whole[:len(whole)-9], false)
	f.Add(program, true)
	f.Fuzz(func(t *testing.T, data []byte, signed bool) {
		if signed && len(data) >= footerLen {
			sign(data)
		}
		b, err := reread(data)
		if err != nil || b == nil {
			return
		}
		for _, name := range append(b.Rules, "") {
			b.file(name)
		}
	})
}

// BenchmarkStart measures what it costs at each start to see that a program is
// no bundle.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if held, err := ownBundle(); held != nil || err != nil {
			b.Fatal(held, err)
		}
	}
}
