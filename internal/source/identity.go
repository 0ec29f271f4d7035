package source

import (
	"io/fs"
	"syscall"
)

// A fileID tells a file from all others that there are at the same time.
type fileID struct{ dev, ino uint64 }

// idOf returns the identity of a file; none on systems that do not tell.
func idOf(info fs.FileInfo) fileID {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return fileID{uint64(st.Dev), st.Ino}
	}
	return fileID{}
}

// deleted tells whether the file has no name any more.
func deleted(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 0
}
