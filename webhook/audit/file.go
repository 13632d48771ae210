package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
)

// file is a sink that writes to a file, and puts it aside when it is full. Whole lines are appended
// by one call each time, so that several processes may write to one file. A file that somebody
// removed or renamed is made again.
type file struct {
	path string
	// limit is the size of a full file, in bytes.
	limit   int64
	backups backups
	// plain is false for a pipe or a device, which is written to as it is.
	plain bool

	handle atomic.Pointer[os.File]
	// info identifies the file that is open.
	info fs.FileInfo
	size int64
	whole
	// pruned is when backups were last looked through.
	pruned time.Time
}

// openFile opens a file to append lines to.
func openFile(options *Options) (*file, error) {
	f := &file{path: options.Path, limit: int64(options.MaxSize) << 20, backups: backups{path: options.Path, max: options.MaxBackup, days: options.MaxAge}}
	if f.limit == 0 {
		f.limit = defaultMaxSize << 20
	}
	if err := f.open(); err != nil {
		return nil, err
	}
	if f.plain = f.info.Mode().IsRegular(); f.plain {
		f.cut = endsWithin(f.path, f.info)
		f.prune(time.Now())
	}
	return f, nil
}

// open opens the file at the path, and makes it if there is none.
func (f *file) open() error {
	flags := os.O_APPEND | os.O_CREATE | os.O_WRONLY
	mode := fs.FileMode(0o600)
	if f.info != nil {
		mode = f.info.Mode().Perm()
	}
	if info, err := os.Stat(f.path); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		// Opened for writing only, a pipe without a reader would block, or fail.
		flags = os.O_RDWR | syscall.O_NONBLOCK
	}
	handle, err := os.OpenFile(f.path, flags, mode)
	if err != nil {
		return err
	}
	info, err := handle.Stat()
	if err != nil {
		return errors.Join(err, handle.Close())
	}
	f.handle.Store(handle)
	f.info, f.size, f.whole = info, info.Size(), whole{out: handle}
	return nil
}

// endsWithin reports a file that ends within a line, as a process leaves it that is killed while it
// writes, or whose disk is full.
func endsWithin(path string, info fs.FileInfo) bool {
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return false
	}
	reader, err := os.Open(path)
	if err != nil {
		return false // it may only be written to
	}
	defer reader.Close() //nolint:errcheck // only read
	last := make([]byte, 1)
	_, err = reader.ReadAt(last, info.Size()-1)
	return err == nil && last[0] != '\n'
}

// write implements sink.
func (f *file) write(lines []byte) (n int, err error) {
	if !f.plain {
		return f.whole.write(lines)
	}
	for n < len(lines) && err == nil {
		part := lines[n:]
		if err := f.ready(part); err != nil {
			return n, err
		}
		var written int
		written, err = f.whole.write(part[:f.fits(part)])
		n += written
		f.size += int64(written)
	}
	return n, err
}

// ready makes sure that the file at the path is open and has room for the first line. The rest of a
// line that is written in part goes where its beginning is.
func (f *file) ready(lines []byte) error {
	info, err := os.Stat(f.path)
	switch {
	case err != nil || !os.SameFile(info, f.info) || f.handle.Load() == nil:
		if err := f.reopen(); err != nil {
			return err
		}
	default:
		f.size = info.Size()
	}
	if now := time.Now(); now.Sub(f.pruned) > pruneInterval {
		f.prune(now)
	}
	first := int64(bytes.IndexByte(lines, '\n') + 1)
	if f.torn > 0 || f.size == 0 || f.size+first <= f.limit {
		return nil
	}
	if err := f.backups.putAside(time.Now()); err != nil {
		return fmt.Errorf("rotate the audit log: %w", err)
	}
	if err := f.reopen(); err != nil {
		return err
	}
	f.prune(time.Now())
	return nil
}

// reopen closes the file and opens what is at the path by now.
func (f *file) reopen() error {
	if err := f.Close(); err != nil {
		return err
	}
	return f.open()
}

// fits returns the size of the lines that the file has room for, at least one.
func (f *file) fits(lines []byte) int {
	room := f.limit - f.size
	if int64(len(lines)) <= room {
		return len(lines)
	}
	if end := bytes.LastIndexByte(lines[:max(room, 0)], '\n') + 1; end > 0 {
		return end
	}
	return bytes.IndexByte(lines, '\n') + 1
}

// prune removes backups that are too many or too old. What can't be removed now is tried again.
func (f *file) prune(now time.Time) {
	f.pruned = now
	f.backups.prune(now)
}

// Close closes the file. It may be called while something is written.
func (f *file) Close() error {
	handle := f.handle.Swap(nil)
	if handle == nil {
		return nil
	}
	if err := handle.Close(); err != nil {
		return fmt.Errorf("close the audit log %s: %w", filepath.Base(f.path), err)
	}
	return nil
}
