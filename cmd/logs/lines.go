package main

import (
	"errors"
	"io"
	"time"

	"github.com/logs-rdl/logs/internal/source"
	"github.com/logs-rdl/logs/internal/when"
)

// stampFlags say how match and learn read stamps.
type stampFlags struct {
	TimestampFormat string `placeholder:"F" help:"A strptime or Go layout, or the name of a format."`
	Year            int    `placeholder:"Y" help:"The first line's year, for stamps without."`
	Timezone        string `placeholder:"TZ" help:"The zone of stamps without one."`
}

// options are those of run, for the log at hand. The error is a flag that
// cannot be.
func (f stampFlags) options(log *source.Reader) (when.Options, error) {
	o, err := runCmd{TimestampFormat: f.TimestampFormat, Year: f.Year, Timezone: f.Timezone}.stamps()
	if log != nil {
		if o.ModTime = log.ModTime(); o.ModTime.IsZero() {
			o.ModTime = time.Now()
		}
	}
	return o, err
}

// eachLog opens the logs that are named, standard input if none is, and reads
// one after the other. One that cannot be read is told, and the others are
// read all the same.
func (w *world) eachLog(args []string, read func(log *source.Reader) error) error {
	names, err := source.Expand(args)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = []string{"-"}
	}
	var failed error
	for _, arg := range names {
		name, offset, err := source.ParseName(arg, source.Exists)
		if err != nil {
			return err
		}
		if err := w.readLog(name, offset, read); err != nil {
			w.log.Error("a log could not be read to its end", "error", err)
			failed = &failure{code: exitSource}
		}
	}
	return failed
}

func (w *world) readLog(name string, offset int64, read func(log *source.Reader) error) error {
	open := source.File{Path: name, Offset: offset}.Open
	if name == "-" {
		open = source.Stdin{In: w.in, Offset: offset}.Open
	}
	log, err := open()
	if err != nil {
		return err
	}
	defer log.Close()
	return read(log)
}

// eachLine gives every line of a log to take, and calls rest when there is no
// more for the moment.
func eachLine(log *source.Reader, take func(line string), rest func() error) error {
	for {
		block, err := log.Next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		for line := range block.Lines() {
			take(line)
		}
		block.Release()
		if err := rest(); err != nil {
			return err
		}
	}
}
