package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
)

// A bundle is a program with an archive behind it:
//
//	program │ zip: bundle.json, 0/ssh.rdl, 1/hosts.txt ... │ footer
//	                                                         │
//	           length of zip and footer, 8 bytes, big-endian ┤
//	           SHA-256 of the zip, 32 bytes                  ┤
//	           magic, 16 bytes                               ┘
//
// The footer is the comment of the zip, so that unzip -l lists a bundle. A file
// that goes on behind its program with a zip, but does not end with a footer,
// was cut off.
//
// The archive bears no time: the same files give the same bundle.

const (
	bundleMagic  = "LoGS bundle v1\r\n"
	footerLen    = 8 + sha256.Size + len(bundleMagic)
	manifestName = "bundle.json"
	maxHeld      = 256 << 20 // bytes of all files together, and of an archive
)

// A bundle is what the archive holds.
type bundle struct {
	Version string              `json:"version"` // of the program
	Flags   []string            `json:"flags"`   // of logs run, and its logs
	Rules   []string            `json:"rules"`   // those named by -r, in their order
	Globs   map[string][]string `json:"globs"`   // what each include finds
	Files   []*heldFile         `json:"files"`
}

// A heldFile is a file of a bundle.
type heldFile struct {
	Name  string   `json:"name"`  // as the rules or flags name it
	Entry string   `json:"entry"` // its name in the zip
	Kind  heldKind `json:"kind"`

	data []byte
	open *os.File // once it has been lent
	path string   // where others can open it then
}

// A heldKind says what a file is for.
type heldKind string

const (
	heldRules     heldKind = "rules"
	heldFunctions heldKind = "functions"
	heldList      heldKind = "list" // that lookup reads
	heldOther     heldKind = "file" // that a flag names, such as credentials
)

// file returns the file of that name, nil if the bundle does not hold it.
func (b *bundle) file(name string) *heldFile {
	i := slices.IndexFunc(b.Files, func(f *heldFile) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return b.Files[i]
}

// hold adds a file, once.
func (b *bundle) hold(name string, kind heldKind, data []byte) {
	if b.file(name) != nil {
		return
	}
	entry := fmt.Sprintf("%d/%s", len(b.Files), path.Base(name))
	b.Files = append(b.Files, &heldFile{Name: name, Entry: entry, Kind: kind, data: data})
}

// archive returns what stands behind a program of so many bytes.
func (b *bundle) archive(program int64) ([]byte, error) {
	size := 0
	for _, f := range b.Files {
		size += len(f.data)
	}
	if size > maxHeld {
		return nil, fmt.Errorf("the files have %d bytes, and a bundle holds %d", size, maxHeld)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	z.SetOffset(program)
	if err := z.SetComment(string(make([]byte, footerLen))); err != nil {
		return nil, err
	}
	manifest, err := json.MarshalIndent(b, "", "\t")
	if err != nil {
		return nil, err
	}
	if err := addEntry(z, manifestName, manifest); err != nil {
		return nil, err
	}
	for _, f := range b.Files {
		if err := addEntry(z, f.Entry, f.data); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	sign(out.Bytes())
	return out.Bytes(), nil
}

func addEntry(z *zip.Writer, name string, data []byte) error {
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

// sign writes the footer into the end of an archive.
func sign(archive []byte) {
	body, footer := archive[:len(archive)-footerLen], archive[len(archive)-footerLen:]
	sum := sha256.Sum256(body)
	binary.BigEndian.PutUint64(footer, uint64(len(archive)))
	copy(footer[8:], sum[:])
	copy(footer[8+sha256.Size:], bundleMagic)
}

// errTorn is the error of a file that has lost a part.
var errTorn = errors.New("it is torn: copy it anew")

// programEnd returns where the program of a file ends: at its own end, if it is
// no bundle. An ordinary program pays for it with the reading of its headers.
func programEnd(f io.ReaderAt, size int64) (int64, error) {
	footer := make([]byte, footerLen)
	if size >= int64(footerLen) {
		if _, err := f.ReadAt(footer, size-int64(footerLen)); err != nil {
			return 0, err
		}
	}
	if string(footer[8+sha256.Size:]) == bundleMagic {
		length := binary.BigEndian.Uint64(footer)
		if length < uint64(footerLen) || length > uint64(size) || length > 2*maxHeld {
			return 0, fmt.Errorf("the length of the archive is wrong; %w", errTorn)
		}
		return size - int64(length), nil
	}
	end, err := elfEnd(f)
	switch {
	case err != nil:
		return 0, err
	case end > size:
		return 0, fmt.Errorf("%d bytes of its %d are there; %w", size, end, errTorn)
	case end > 0 && end < size && startsArchive(f, end):
		return 0, fmt.Errorf("the end of its archive is missing; %w", errTorn)
	}
	return size, nil
}

// elfEnd returns where a program ends by its own headers; 0 if it is none.
// The error is that its headers are missing.
func elfEnd(f io.ReaderAt) (int64, error) {
	magic := make([]byte, len(elf.ELFMAG))
	if _, err := f.ReadAt(magic, 0); err != nil || string(magic) != elf.ELFMAG {
		return 0, nil
	}
	program, err := elf.NewFile(f)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return 0, fmt.Errorf("its headers are missing; %w", errTorn)
	case err != nil:
		return 0, nil
	}
	var end uint64
	for _, p := range program.Progs {
		end = max(end, p.Off+p.Filesz)
	}
	for _, s := range program.Sections {
		if s.Type != elf.SHT_NOBITS {
			end = max(end, s.Offset+s.FileSize)
		}
	}
	return int64(end), nil
}

// startsArchive tells whether an archive begins at a place: a zip whose first
// file is the manifest, or as much of it as there is.
func startsArchive(f io.ReaderAt, at int64) bool {
	const headerLen = 30 // of a file in a zip, before its name
	head := make([]byte, headerLen+len(manifestName))
	n, _ := f.ReadAt(head, at)
	head = head[:n]
	name := head[min(n, headerLen):]
	return bytes.HasPrefix([]byte("PK\x03\x04"), head[:min(n, 4)]) && bytes.HasPrefix([]byte(manifestName), name)
}

// readBundle returns the bundle that a file is, nil if it is none.
func readBundle(f io.ReaderAt, size int64) (*bundle, error) {
	end, err := programEnd(f, size)
	if err != nil || end == size {
		return nil, err
	}
	data := make([]byte, size-end)
	if _, err := f.ReadAt(data, end); err != nil {
		return nil, err
	}
	body, footer := data[:len(data)-footerLen], data[len(data)-footerLen:]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], footer[8:8+sha256.Size]) {
		return nil, fmt.Errorf("the checksum of its archive is wrong; %w", errTorn)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("its archive cannot be read: %w", err)
	}
	return unpack(z)
}

// unpack reads an archive. What it unpacks to is bounded.
func unpack(z *zip.Reader) (*bundle, error) {
	left := int64(maxHeld + maxHeld/16) // the files, and the manifest
	manifest, err := readEntry(z, manifestName, &left)
	if err != nil {
		return nil, err
	}
	b := &bundle{}
	if err := json.Unmarshal(manifest, b); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	for i, f := range b.Files {
		if f == nil {
			return nil, fmt.Errorf("%s: file %d is nothing", manifestName, i)
		}
		if f.data, err = readEntry(z, f.Entry, &left); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// readEntry reads a file of an archive, and takes its size from what is left.
func readEntry(z *zip.Reader, name string, left *int64) ([]byte, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, fmt.Errorf("its archive: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, *left+1))
	if *left -= int64(len(data)); err == nil && *left < 0 {
		err = fmt.Errorf("it holds more than %d bytes", maxHeld)
	}
	if err != nil {
		return nil, fmt.Errorf("its archive: %s: %w", name, err)
	}
	return data, nil
}
