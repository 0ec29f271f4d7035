package main

import (
	"log/slog"
	"time"
)

// A warner passes on what goes wrong, but the same again only once a minute:
// a disk that is full is full for every line.
type warner struct {
	log  *slog.Logger
	last map[string]time.Time
}

// maxWarnings bounds the texts that are told apart.
const maxWarnings = 100

func newWarner(log *slog.Logger) *warner { return &warner{log, map[string]time.Time{}} }

// warn belongs to one goroutine.
func (w *warner) warn(err error) {
	text, now := err.Error(), time.Now()
	if now.Sub(w.last[text]) < time.Minute {
		return
	}
	if len(w.last) >= maxWarnings {
		clear(w.last)
	}
	w.last[text] = now
	w.log.Warn(text)
}
