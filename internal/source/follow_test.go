package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// follow opens a log that is looked at only when the test looks.
func (f folder) follow(as Follow, mark string) *Following {
	f.t.Helper()
	if as.Path == "" {
		as.Path = f.path("app.log")
	}
	if as.Poll == 0 {
		as.Poll = 1
	}
	r, err := as.Open(mark)
	f.ok(err)
	f.t.Cleanup(func() { r.Close() })
	return r
}

// there returns the lines that are there, and the mark of the last block.
func (f folder) there(r *Following) (lines, mark string) {
	f.t.Helper()
	var all strings.Builder
	for {
		b, _, err := r.look()
		f.ok(err)
		if b == nil && r.next == nil {
			return all.String(), mark
		}
		if b != nil {
			mark = b.Mark()
			all.Write(b.Data)
			b.Release()
		}
	}
}

func (f folder) want(r *Following, want string) (mark string) {
	f.t.Helper()
	got, mark := f.there(r)
	if got != want {
		f.t.Errorf("read %q, want %q", got, want)
	}
	return mark
}

func TestFollow(t *testing.T) {
	for name, story := range map[string]func(f folder, r *Following){
		"a log that grows": func(f folder, r *Following) {
			f.write("app.log", "one\nt")
			f.want(r, "one\n")
			f.write("app.log", "wo\n")
			f.want(r, "two\n")
		},
		"renamed, and made again": func(f folder, r *Following) {
			f.write("app.log", "one\n")
			f.want(r, "one\n")
			f.write("app.log", "two\n")
			f.rename("app.log", "app.log.1")
			f.write("app.log", "three\n")
			f.want(r, "two\nthree\n")
		},
		"the writer turns to the new file later": func(f folder, r *Following) {
			f.write("app.log", "one\n")
			f.want(r, "one\n")
			f.rename("app.log", "app.log.1")
			f.write("app.log", "")
			f.want(r, "")
			f.write("app.log.1", "two\n")
			f.want(r, "two\n")
			f.write("app.log", "three\n")
			f.want(r, "three\n")
		},
		"rotated many times at once": func(f folder, r *Following) {
			f.write("app.log", "one\n")
			f.want(r, "one\n")
			f.rename("app.log", "app.log.3")
			f.write("app.log.2", "two\n")
			f.write("app.log.1", "three\n")
			f.write("app.log", "four\n")
			f.want(r, "two\nthree\nfour\n")
		},
		"rotated by date many times": func(f folder, r *Following) {
			f.write("app.log", "one\n")
			f.want(r, "one\n")
			f.rename("app.log", "app-20261122.log")
			f.write("app-20261123.log", "two\n")
			f.pack("gzip", "app-20261123.log", "app-20261123.log.gz")
			f.write("app-20261124.log", "three\n")
			f.write("app.log", "four\n")
			f.want(r, "two\nthree\nfour\n")
		},
		"other logs in the folder": func(f folder, r *Following) {
			f.write("app.log", "one\n")
			f.want(r, "one\n")
			f.rename("app.log", "app.log.1")
			f.write("app-errors.log", "no\n")
			f.write("app-2.log", "no\n")
			f.write("app.log", "two\n")
			f.want(r, "two\n")
		},
		"copied and truncated": func(f folder, r *Following) {
			f.write("app.log", "one\n")
			f.want(r, "one\n")
			f.copyTruncate("app.log", "app.log.1")
			f.want(r, "")
			f.write("app.log", "two\n")
			f.want(r, "two\n")
		},
		"truncated before all was read": func(f folder, r *Following) {
			f.write("app.log", "one\n")
			f.want(r, "one\n")
			f.write("app.log", "two\nthr")
			f.copyTruncate("app.log", "app.log.1")
			f.write("app.log", "four\nand more than there was\n")
			f.want(r, "two\nthr"+"four\nand more than there was\n")
		},
		"overwritten, the size is the same": func(f folder, r *Following) {
			f.write("app.log", "one\n")
			f.want(r, "one\n")
			f.ok(os.WriteFile(f.path("app.log"), []byte("two\n"), 0o600))
			f.want(r, "two\n")
		},
		"overwritten in an unfinished line": func(f folder, r *Following) {
			f.write("app.log", "one\nhalf")
			f.want(r, "one\n")
			f.ok(os.WriteFile(f.path("app.log"), []byte("two\n"), 0o600))
			f.want(r, "half"+"two\n")
		},
		"removed, and made again": func(f folder, r *Following) {
			f.write("app.log", "one\n")
			f.want(r, "one\n")
			f.write("app.log", "two\n")
			f.remove("app.log")
			f.want(r, "two\n")
			f.write("app.log", "three\n")
			f.want(r, "three\n")
		},
		"renamed with an unfinished line": func(f folder, r *Following) {
			f.write("app.log", "one\ntw")
			f.want(r, "one\n")
			f.rename("app.log", "app.log.1")
			f.write("app.log", "three\n")
			f.want(r, "tw"+"three\n")
		},
		"moved away and back": func(f folder, r *Following) {
			f.write("app.log", "one\n")
			f.want(r, "one\n")
			f.rename("app.log", "elsewhere")
			f.write("app.log", "two\n")
			f.want(r, "two\n")
			f.rename("elsewhere", "app.log")
			f.write("app.log", "three\n")
			f.want(r, "three\n")
		},
		"packed while it was read": func(f folder, r *Following) {
			f.write("app.log", "one\n")
			f.want(r, "one\n")
			f.pack("gzip", "app.log", "app.log.1.gz")
			f.want(r, "")
			f.write("app.log", "two\n")
			f.want(r, "two\n")
		},
		"a link turned to another file": func(f folder, r *Following) {
			f.write("day1", "one\n")
			f.ok(os.Symlink("day1", f.path("app.log")))
			f.want(r, "one\n")
			f.write("day1", "two\n")
			f.write("day2", "three\n")
			f.ok(os.Symlink("day2", f.path("new")))
			f.rename("new", "app.log")
			f.want(r, "two\nthree\n")
			f.write("day2", "four\n")
			f.want(r, "four\n")
		},
		"a line that is too long": func(f folder, r *Following) {
			long := strings.Repeat("x", MaxLine)
			f.write("app.log", "one\n"+long+"yyy")
			f.want(r, "one\n"+long)
			f.write("app.log", "zzz\ntwo\n")
			f.want(r, "two\n")
			if r.Cut() != 1 {
				f.t.Errorf("%d lines were cut", r.Cut())
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			story(f, f.follow(Follow{}, ""))
		})
	}
}

// TestFollowAfterAStop: what happened while nobody read is read, from the mark
// on, whatever the file is called by now.
func TestFollowAfterAStop(t *testing.T) {
	for name, meanwhile := range map[string]func(folder){
		"nothing":        func(f folder) { f.write("app.log", "three\n") },
		"renamed":        func(f folder) { f.rename("app.log", "app.log.1"); f.write("app.log", "three\n") },
		"packed":         func(f folder) { f.pack("gzip", "app.log", "app.log.1.gz"); f.write("app.log", "three\n") },
		"packed earlier": func(f folder) { f.pack("xz", "app.log", "app.log.2.xz"); f.write("app.log.1", "three\n") },
		"both packed": func(f folder) {
			f.pack("gzip", "app.log", "app.log.2.gz")
			f.write("app.log.1", "three\n")
			f.pack("gzip", "app.log.1", "app.log.1.gz")
			f.write("app.log", "")
		},
		"copied and truncated": func(f folder) { f.copyTruncate("app.log", "app.log.1"); f.write("app.log", "three\n") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.write("app.log.1", "old\n")
			f.write("app.log", "one\n")
			r := f.follow(Follow{}, "")
			f.want(r, "one\n")
			f.write("app.log", "two\n")
			mark := f.want(r, "two\n")
			f.ok(r.Close())
			f.remove("app.log.1")
			meanwhile(f)
			f.want(f.follow(Follow{}, mark), "two\nthree\n")
		})
	}
}

// TestFollowWhatIsGone: the lines of a file that was removed are lost, which is
// told, and those that came after it are not.
func TestFollowWhatIsGone(t *testing.T) {
	f := newFolder(t)
	f.write("app.log", "one\n")
	r := f.follow(Follow{}, "")
	mark := f.want(r, "one\n")
	f.ok(r.Close())
	f.remove("app.log")
	var told []error
	r = f.follow(Follow{Failed: func(err error) { told = append(told, err) }}, mark)
	f.want(r, "")
	if len(told) != 1 || !errors.Is(told[0], fs.ErrNotExist) || !r.Resumed() {
		t.Errorf("the folder may come back: %v", told)
	}
	f.write("app.log.1", "two\n")
	f.write("app.log", "three\n")
	f.want(r, "two\nthree\n")
	if len(told) != 3 || !errors.Is(told[1], ErrGone) || told[2] != nil || r.Resumed() {
		t.Errorf("told %v", told)
	}
}

func TestFollowFromEnd(t *testing.T) {
	f := newFolder(t)
	f.write("app.log", "old\nolder\nhal")
	r := f.follow(Follow{FromEnd: true}, "")
	f.want(r, "")
	f.write("app.log", "f\nnew\n")
	f.want(r, "new\n")
	late := f.follow(Follow{Path: f.path("late.log"), FromEnd: true}, "")
	f.want(late, "")
	f.write("late.log", "new\n")
	f.want(late, "new\n")
}

// TestFollowWithoutABlock: a reader that is stopped before anything came goes
// on where it began.
func TestFollowWithoutABlock(t *testing.T) {
	f := newFolder(t)
	f.write("app.log", "old\n")
	r := f.follow(Follow{FromEnd: true}, "")
	mark := r.Mark()
	f.ok(r.Close())
	f.write("app.log", "new\n")
	f.want(f.follow(Follow{FromEnd: true}, mark), "new\n")

	r = f.follow(Follow{Path: f.path("late.log"), FromEnd: true}, "")
	mark = r.Mark()
	f.ok(r.Close())
	f.write("late.log", "new\n")
	f.want(f.follow(Follow{Path: f.path("late.log"), FromEnd: true}, mark), "new\n")
}

// TestFollowOnce: what is over ends, and is not followed to other names.
func TestFollowOnce(t *testing.T) {
	f := newFolder(t)
	f.write("app.log.1", "one\ntwo")
	f.write("packed", "three\n")
	f.pack("gzip", "packed", "app.log.2.gz")
	for name, want := range map[string]string{"app.log.1": "one\ntwo", "app.log.2.gz": "three\n", "app.log.9": ""} {
		r := f.follow(Follow{Path: f.path(name), Once: true}, "")
		var got strings.Builder
		for {
			b, err := r.Next()
			if err != nil {
				if err != io.EOF {
					t.Error(err)
				}
				break
			}
			got.Write(b.Data)
		}
		if got.String() != want {
			t.Errorf("%s: %q, want %q", name, got.String(), want)
		}
	}
}

// TestUnfinishedLine: a last line waits for its newline, but not for ever.
func TestUnfinishedLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFolder(t)
		f.write("app.log", "one\ntwo")
		r := f.follow(Follow{Poll: time.Second}, "")
		f.next(r, "one\n")
		start := time.Now()
		b := f.next(r, "two")
		if waited := time.Since(start); waited < 10*time.Second || waited > 11*time.Second {
			t.Errorf("it waited %v", waited)
		}
		f.write("app.log", "\nthree\n")
		f.next(r, "three\n") // the newline was that of two
		f.write("app.log", "fo")
		f.next(r, "fo")
		f.write("app.log", "ur\n")
		f.next(r, "ur\n")

		// A later run cuts the lines where this one did.
		f.ok(r.Close())
		r = f.follow(Follow{Poll: time.Second}, b.Mark())
		f.next(r, "two")
		f.next(r, "three\nfour\n")
	})
}

func (f folder) next(r *Following, want string) *Block {
	f.t.Helper()
	b, err := r.Next()
	f.ok(err)
	if string(b.Data) != want {
		f.t.Fatalf("read %q, want %q", b.Data, want)
	}
	return b
}

// TestUnfinishedLineOfAnOldFile: it waits no longer than the file is looked at
// once more.
func TestUnfinishedLineOfAnOldFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFolder(t)
		f.write("app.log", "one\ntwo")
		r := f.follow(Follow{Poll: time.Second}, "")
		f.next(r, "one\n")
		f.rename("app.log", "app.log.1")
		f.write("app.log", "three\n")
		start := time.Now()
		f.next(r, "two")
		f.next(r, "three\n")
		if waited := time.Since(start); waited > 2*time.Second {
			t.Errorf("it waited %v", waited)
		}
	})
}

// TestLateEndOfAnOldFile: the program that writes may end its line in the old
// file after another has turned to the new one.
func TestLateEndOfAnOldFile(t *testing.T) {
	f := newFolder(t)
	f.write("app.log", "one\ntw")
	r := f.follow(Follow{Poll: time.Hour}, "")
	f.want(r, "one\n")
	f.rename("app.log", "app.log.1")
	f.write("app.log", "three\n")
	if b, _, err := r.look(); b != nil || err != nil {
		t.Errorf("%q, %v", b.Data, err)
	}
	f.write("app.log.1", "o\n")
	f.want(r, "two\nthree\n")
}

// TestRemovedFileIsLetGo: it takes space on the disk for as long as it is open.
func TestRemovedFileIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFolder(t)
		f.write("app.log", "one\n")
		r := f.follow(Follow{Poll: time.Second, Gone: time.Minute}, "")
		f.next(r, "one\n")
		f.remove("app.log")
		start := time.Now()
		if _, err := r.Next(); err != io.EOF {
			t.Error(err)
		}
		if waited := time.Since(start); waited < time.Minute || waited > 62*time.Second {
			t.Errorf("the end came after %v", waited)
		}
		if r.gen != nil {
			t.Error("the file is still open")
		}
		f.write("app.log", "two\n")
		f.next(r, "two\n")
	})
}

// TestFollowTellsOnce: what is wrong is told when it begins and when it ends.
func TestFollowTellsOnce(t *testing.T) {
	f := newFolder(t)
	f.ok(os.Mkdir(f.path("logs"), 0o700))
	var told []string
	r := f.follow(Follow{Path: f.path("logs/app.log"), Failed: func(err error) {
		if told = append(told, "fine"); err != nil {
			told[len(told)-1] = err.Error()
		}
	}}, "")
	for _, step := range []struct {
		do   func()
		want string // what is told
	}{
		{func() {}, "no such file"},
		{func() { f.write("logs/app.log", "one\n"); f.want(r, "one\n") }, "fine"},
		{func() { f.rename("logs/app.log", "logs/app.log.1"); f.ok(os.Mkdir(f.path("logs/app.log"), 0o700)) }, "not a file"},
		{func() { f.remove("logs/app.log"); f.write("logs/app.log", "two\n"); f.want(r, "two\n") }, "fine"},
		{func() { f.rename("logs", "gone"); f.write("logs", "") }, "not a directory"},
		{func() {
			f.remove("logs")
			f.rename("gone", "logs")
			f.write("logs/app.log", "three\n")
			f.want(r, "three\n")
		}, "fine"},
	} {
		step.do()
		for range 3 {
			f.there(r)
		}
		if len(told) != 1 || !strings.Contains(told[0], step.want) {
			t.Errorf("told %q, want one that says %s", told, step.want)
		}
		told = nil
	}
}

// TestFollowClose: from another goroutine, twice, while Next waits.
func TestFollowClose(t *testing.T) {
	defer goleak.VerifyNone(t)
	f := newFolder(t)
	f.write("app.log", "one\n")
	r := f.follow(Follow{Poll: time.Hour}, "")
	if r.Name() != f.path("app.log") || (Follow{Path: "x"}).Name() != "x" {
		t.Error(r.Name())
	}
	f.next(r, "one\n")
	end := make(chan error)
	go func() {
		_, err := r.Next()
		end <- err
	}()
	f.ok(r.Close())
	f.ok(r.Close())
	if err := <-end; err != io.EOF {
		t.Error(err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Error(err)
	}
}

// BenchmarkIdle is what a file costs that does not change.
func BenchmarkIdle(b *testing.B) {
	f := newFolder(b)
	f.write("app.log", number(1, 1000))
	r := f.follow(Follow{Pool: new(Pool)}, "")
	f.there(r)
	for b.Loop() {
		r.look()
	}
}

// BenchmarkFollow is how fast a log is caught up with.
func BenchmarkFollow(b *testing.B) {
	f := newFolder(b)
	log := number(1, 500_000)
	f.write("app.log", log)
	b.SetBytes(int64(len(log)))
	pool := new(Pool)
	for b.Loop() {
		r := f.follow(Follow{Pool: pool}, "")
		for {
			block, _, err := r.look()
			if err != nil || block == nil {
				break
			}
			block.Release()
		}
		r.Close()
	}
}
