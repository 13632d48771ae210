// Package spool keeps bytes until they are read again: the last in memory, all others in a temporary
// file, so that what is kept doesn't grow the memory of a program. Where no file can be written, as
// in a container with a read-only file system or on a full disk, all are in memory.
package spool

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// inMemory is how many bytes are kept without a file.
const inMemory = 512 << 10

// Ref stands for bytes of a Spool.
type Ref struct {
	at   int64
	size int
}

// Len returns how many bytes they are.
func (r Ref) Len() int { return r.size }

// Spool keeps bytes. Its zero value is empty. Its methods may be called at the same time.
type Spool struct {
	mutex sync.RWMutex
	file  *os.File
	// written is how many bytes are in the file; those in last follow them.
	written int64
	last    []byte
	// full is true once nothing more can be written.
	full bool
}

// Put keeps a copy of data.
func (s *Spool) Put(data []byte) Ref {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.full && len(s.last)+len(data) > inMemory {
		s.full = s.write() != nil
	}
	ref := Ref{at: s.written + int64(len(s.last)), size: len(data)}
	s.last = append(s.last, data...)
	return ref
}

// write moves what is in memory to the file. The file has no name where the system allows that, so
// that nothing is left of it however the program ends.
func (s *Spool) write() (err error) {
	if len(s.last) == 0 {
		return nil
	}
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "fargate-webhook-*"); err != nil {
			return err
		}
		_ = os.Remove(s.file.Name()) // where it can't be removed yet, Close does
	}
	if _, err := s.file.WriteAt(s.last, s.written); err != nil {
		return err
	}
	s.written += int64(len(s.last))
	if s.last = s.last[:0]; cap(s.last) > 2*inMemory {
		s.last = nil
	}
	return nil
}

// Get returns a copy of the bytes. An error is one of reading the file.
func (s *Spool) Get(ref Ref) ([]byte, error) {
	data := make([]byte, ref.size)
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	if ref.at >= s.written {
		copy(data, s.last[ref.at-s.written:])
		return data, nil
	}
	if _, err := s.file.ReadAt(data, ref.at); err != nil {
		return nil, fmt.Errorf("read a temporary file: %w", err)
	}
	return data, nil
}

// Close removes the file.
func (s *Spool) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	_ = os.Remove(s.file.Name()) // it may have been removed before
	return err
}

// Buffer is a Spool that is written and read from start to end. Its zero value is empty.
type Buffer struct {
	spool Spool
	parts []Ref
	// last is not in the spool yet.
	last []byte
}

// partSize is how many bytes a Buffer gathers before it spools them.
const partSize = 64 << 10

// Write appends to the buffer, and never fails.
func (b *Buffer) Write(data []byte) (int, error) {
	if b.last = append(b.last, data...); len(b.last) >= partSize {
		b.parts, b.last = append(b.parts, b.spool.Put(b.last)), b.last[:0]
	}
	return len(data), nil
}

// WriteTo writes all of the buffer, which keeps it.
func (b *Buffer) WriteTo(w io.Writer) (written int64, err error) {
	for _, ref := range b.parts {
		data, err := b.spool.Get(ref)
		if err != nil {
			return written, err
		}
		n, err := w.Write(data)
		if written += int64(n); err != nil {
			return written, err
		}
	}
	n, err := w.Write(b.last)
	return written + int64(n), err
}

// Close removes the temporary file.
func (b *Buffer) Close() error { return b.spool.Close() }
