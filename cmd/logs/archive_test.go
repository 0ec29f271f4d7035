package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/ulikunitz/xz"
)

func pack(ts *testscript.TestScript, _ bool, args []string) {
	var packed bytes.Buffer
	w, err := packer(args[0], &packed)
	ts.Check(err)
	_, err = io.WriteString(w, ts.ReadFile(args[1]))
	ts.Check(err)
	ts.Check(w.Close())
	writeFile(ts, args[2], packed.String())
}

func packer(format string, out io.Writer) (io.WriteCloser, error) {
	switch format {
	case "gz":
		return gzip.NewWriter(out), nil
	case "zst":
		return zstd.NewWriter(out)
	case "xz":
		return xz.NewWriter(out)
	}
	return nil, fmt.Errorf("no archive is called %s", format)
}

func unbase64(ts *testscript.TestScript, _ bool, args []string) {
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(ts.ReadFile(args[0])), ""))
	ts.Check(err)
	writeFile(ts, args[1], string(data))
}
