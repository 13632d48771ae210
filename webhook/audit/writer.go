package audit

import (
	"bytes"
	"time"
)

const (
	// retryInterval is the time after which what could not be written is tried again.
	retryInterval = 100 * time.Millisecond
	// maxPiece is how many bytes of lines are written at once, if it is more than one: room is made
	// piece by piece.
	maxPiece = 256 << 10
)

// writeAll writes the lines of the queue until it is closed and empty, or they are given up.
func (l *Log) writeAll() {
	defer close(l.written)
	for lines := l.queue.take(); len(lines) > 0; lines = l.queue.take() {
		if !l.write(lines) {
			return
		}
		l.queue.recycle(lines)
	}
}

// write writes lines, again and again where that fails. It returns false once they are given up.
func (l *Log) write(lines []byte) bool {
	for len(lines) > 0 {
		n, err := l.sink.write(piece(lines))
		l.queue.wrote(lines[:n], err)
		lines = lines[n:]
		if err == nil {
			l.health.wrote()
			continue
		}
		l.health.failed(err)
		select {
		case <-l.abandoned:
			return false
		case <-time.After(retryInterval):
		}
	}
	return true
}

// piece returns the first lines, as many as are written at once.
func piece(lines []byte) []byte {
	if len(lines) <= maxPiece {
		return lines
	}
	if end := bytes.LastIndexByte(lines[:maxPiece], '\n') + 1; end > 0 {
		return lines[:end]
	}
	return lines[:bytes.IndexByte(lines, '\n')+1]
}
