package audit

import (
	"bytes"
	"io"
)

// sink takes lines. It returns how many of the bytes, in whole lines, it has written.
// What it has not is given again, from the first line that isn't whole.
type sink interface {
	write(lines []byte) (n int, err error)
	io.Closer
}

// whole writes lines to a writer. A line that was written in part, as to a disk that is full, is
// completed by the next write.
type whole struct {
	out io.Writer
	// torn is how much of the next line is written.
	torn int
	// cut is true if the last line is cut off, and what is written next would be added to it.
	cut bool
}

func (w *whole) write(lines []byte) (n int, err error) {
	if w.cut {
		if _, err := io.WriteString(w.out, "\n"); err != nil {
			return 0, err
		}
		w.cut = false
	}
	n, err = w.out.Write(lines[w.torn:])
	n += w.torn
	end := bytes.LastIndexByte(lines[:n], '\n') + 1
	w.torn = n - end
	return end, err
}

// stream is a sink that someone else closes.
type stream struct{ whole }

// Close leaves the writer open.
func (*stream) Close() error { return nil }
