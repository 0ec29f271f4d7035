package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"
)

// newLog returns what diagnostics are told to: a line each on standard error.
// If that is the journal, each bears its priority, which the journal takes off.
func newLog(out io.Writer, journal bool) *slog.Logger {
	if !journal {
		return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	}
	return slog.New(priorities{
		slog.LevelInfo:  newPriority(out, 6),
		slog.LevelWarn:  newPriority(out, 4),
		slog.LevelError: newPriority(out, 3),
	})
}

// isJournal tells whether a file is the stream to the journal that the service
// manager names in the environment, as device and inode.
func isJournal(f *os.File, stream string) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stream == fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}

// priorities are the handlers of the levels.
type priorities map[slog.Level]slog.Handler

func newPriority(out io.Writer, priority int) slog.Handler {
	return slog.NewTextHandler(prefixed{out, fmt.Sprintf("<%d>", priority)}, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.LevelKey {
				return slog.Attr{}
			}
			return withoutTime(groups, a)
		},
	})
}

// of returns the handler of a level.
func (p priorities) of(level slog.Level) slog.Handler {
	switch {
	case level >= slog.LevelError:
		return p[slog.LevelError]
	case level >= slog.LevelWarn:
		return p[slog.LevelWarn]
	}
	return p[slog.LevelInfo]
}

func (p priorities) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (p priorities) Handle(ctx context.Context, r slog.Record) error {
	return p.of(r.Level).Handle(ctx, r)
}

func (p priorities) WithAttrs(attrs []slog.Attr) slog.Handler {
	return p.each(func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
}

func (p priorities) WithGroup(name string) slog.Handler {
	return p.each(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}

func (p priorities) each(f func(slog.Handler) slog.Handler) slog.Handler {
	with := priorities{}
	for level, h := range p {
		with[level] = f(h)
	}
	return with
}

// A prefixed writes a text before each line, in one write.
type prefixed struct {
	out    io.Writer
	prefix string
}

func (p prefixed) Write(line []byte) (int, error) {
	n, err := p.out.Write(append([]byte(p.prefix), line...))
	return max(0, n-len(p.prefix)), err
}
