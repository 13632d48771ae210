package audit

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"fargate-webhook/internal/wake"
)

const (
	// maxQueued is how many bytes of lines wait in memory, at most, with those being written: some
	// thousand lines.
	maxQueued = 4 << 20
	// maxWait is how long a request waits for room, at most.
	maxWait = 10 * time.Millisecond
	// maxStill is the time without progress after which no request waits any more.
	maxStill = time.Second
	// keptBuffer is the size of a buffer that is kept for the next lines.
	keptBuffer = 256 << 10
)

// Reason is why a line was dropped.
type Reason string

// The reasons.
const (
	// Blocked: no room, since what is written isn't taken, or not fast enough.
	Blocked Reason = "blocked"
	// Failed: no room, since writing fails.
	Failed Reason = "write-failed"
	// Shutdown: not written within the time for it at the end.
	Shutdown Reason = "shutdown"
)

// Reasons returns all reasons.
func Reasons() []Reason { return []Reason{Blocked, Failed, Shutdown} }

// queue holds the lines that aren't written yet: many put lines in, one takes them out.
type queue struct {
	mu sync.Mutex
	// waiting are lines that nobody writes yet, and spare is a buffer for them.
	waiting, spare []byte
	// writing is the number of bytes that are being written.
	writing int
	// put and done count the lines that were put in, and those that were written or given up.
	put, done uint64
	// moved is when something was written last, or the queue was empty before.
	moved time.Time
	// failed is the error of the last write, nil if it wrote all.
	failed error
	// hasty is true when nobody waits for room any more, and closed when nothing more is put in.
	hasty, closed bool
	// turns are the lines that wait for room, in the order in which they came.
	turns []*turn
	// changed is closed, and replaced, when something was written.
	changed chan struct{}
	// wake has an item when there is something to take, or the queue is closed.
	wake chan struct{}
}

// turn is a line that waits for room. came is closed when it has its turn, or never will.
type turn struct {
	line   []byte
	queued bool
	came   chan struct{}
}

func newQueue() *queue {
	return &queue{changed: make(chan struct{}), wake: make(chan struct{}, 1)}
}

// add copies a line into the queue, and waits a little for room. It returns why it could not, "" if
// it could.
func (q *queue) add(line []byte) Reason {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return Shutdown
	}
	if len(q.turns) == 0 && q.hasRoom(len(line)) {
		q.append(line)
		return ""
	}
	if !q.hasty && time.Since(q.moved) < maxStill && q.await(line) {
		return ""
	}
	switch {
	case q.closed:
		return Shutdown
	case q.failed != nil:
		return Failed
	}
	return Blocked
}

// append adds a line for which there is room.
func (q *queue) append(line []byte) {
	if len(q.waiting)+q.writing == 0 {
		q.moved = time.Now()
	}
	if q.waiting == nil {
		q.waiting, q.spare = q.spare, nil
	}
	q.waiting = append(q.waiting, line...)
	q.put++
	wake.Notify(q.wake)
}

// await waits for room, for as long as a request may, and reports that the line is in the queue. The
// lock is held before and after it.
func (q *queue) await(line []byte) bool {
	own := &turn{line: line, came: make(chan struct{})}
	q.turns = append(q.turns, own)
	q.mu.Unlock()
	timeout := time.NewTimer(maxWait)
	defer timeout.Stop()
	select {
	case <-own.came:
	case <-timeout.C:
	}
	q.mu.Lock()
	if !own.queued {
		q.turns = slices.DeleteFunc(q.turns, func(t *turn) bool { return t == own })
	}
	return own.queued
}

// advance records progress, and queues the lines that wait, in the order in which they came, as long
// as there is room.
func (q *queue) advance() {
	q.moved = time.Now()
	for len(q.turns) > 0 && q.hasRoom(len(q.turns[0].line)) {
		first := q.turns[0]
		q.turns = q.turns[1:]
		q.append(first.line)
		first.queued = true
		close(first.came)
	}
	close(q.changed)
	q.changed = make(chan struct{})
}

// hasRoom reports room for so many bytes. A line that is larger than the queue has it to itself.
func (q *queue) hasRoom(size int) bool {
	queued := len(q.waiting) + q.writing
	return queued == 0 || queued+size <= maxQueued
}

// take waits for lines and returns all there are. It returns none once the queue is closed and
// empty.
func (q *queue) take() []byte {
	for {
		q.mu.Lock()
		lines, closed := q.waiting, q.closed
		if len(lines) > 0 {
			q.waiting, q.writing, q.moved = nil, len(lines), time.Now()
		}
		q.mu.Unlock()
		if len(lines) > 0 || closed {
			return lines
		}
		<-q.wake
	}
}

// wrote records that lines which were taken are written, or given up, and what the write failed
// with.
func (q *queue) wrote(lines []byte, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.writing -= len(lines)
	q.done += uint64(bytes.Count(lines, []byte{'\n'})) //nolint:gosec // not negative
	q.failed = err
	if len(lines) > 0 {
		q.advance()
	}
}

// recycle gives back the buffer that take returned.
func (q *queue) recycle(buffer []byte) {
	if cap(buffer) > keptBuffer {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spare = buffer[:0]
}

// hurry keeps further lines from waiting.
func (q *queue) hurry() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hasty = true
}

// end keeps further lines out.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, t := range q.turns {
		close(t.came)
	}
	q.turns = nil
	wake.Notify(q.wake)
}

// left returns the number of lines that are neither written nor given up.
func (q *queue) left() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.put - q.done
}

// settled waits until all lines that are in the queue now are written or given up, or stop is closed.
func (q *queue) settled(stop <-chan struct{}) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for want := q.put; q.done < want; {
		changed := q.changed
		q.mu.Unlock()
		stopped := false
		select {
		case <-changed:
		case <-stop:
			stopped = true
		}
		q.mu.Lock()
		if stopped {
			return false
		}
	}
	return true
}
