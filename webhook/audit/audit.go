// Package audit writes a JSON line for each refused request, and for what admission changes, to a
// log of its own. No request waits for the log: lines are written by one goroutine, from a buffer of
// bounded size.
package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"go.uber.org/zap"
)

// drainTime is how long the rest of the lines may take to be written at the end.
const drainTime = time.Second

// Options are the settings of the log, as those of kube-apiserver's --audit-log flags.
type Options struct {
	// Path is a file, "-" for standard output, or "" for no log.
	Path string
	// MaxSize is the size at which a file is rotated, in megabytes; 0 for 100.
	MaxSize int
	// MaxBackup is how many rotated files are kept, 0 for all.
	MaxBackup int
	// MaxAge is how long rotated files are kept, in days, 0 for ever.
	MaxAge int
	// Fold is how long lines are held that say what an earlier one of the same owner said; 0 to
	// write each line at once.
	Fold time.Duration
	// Stdout is where "-" writes.
	Stdout io.Writer
	// Logger gets what goes wrong with the log itself; nil for nothing.
	Logger *zap.Logger
}

// Log is an open audit log. It is safe for concurrent use.
type Log struct {
	metrics *Metrics
	// queue is nil if there is no log.
	queue  *queue
	folder *folder
	health *health
	sink   sink
	// unfolded is closed when windows no longer end by themselves, abandoned when what isn't written
	// is given up, and reported when nothing more goes wrong.
	unfolded, abandoned, reported chan struct{}
	// written is closed when the writer has ended.
	written            chan struct{}
	folding, reporting sync.WaitGroup
	closing            sync.Once
}

// Open opens the log. It returns an error if the file can't be written.
func Open(options Options) (*Log, error) {
	if options.Path == "" {
		return &Log{metrics: newMetrics()}, nil
	}
	var out sink = &stream{whole{out: options.Stdout}}
	if options.Path != "-" {
		file, err := openFile(&options)
		if err != nil {
			return nil, fmt.Errorf("open the audit log: %w; set --audit-log-path to a writable file, or to - for standard output", err)
		}
		out = file
	}
	return start(&options, out), nil
}

// start returns a log that writes to a sink.
func start(options *Options, out sink) *Log {
	counted := newMetrics()
	l := &Log{
		metrics: counted, queue: newQueue(), health: newHealth(counted, options.Logger), sink: out,
		unfolded: make(chan struct{}), abandoned: make(chan struct{}), reported: make(chan struct{}), written: make(chan struct{}),
	}
	go l.writeAll()
	l.reporting.Go(func() { l.health.report(l.reported) })
	if options.Fold > 0 {
		l.folder = newFolder(options.Fold)
		l.folding.Go(l.unfold)
	}
	return l
}

// Add adds a line. It waits a few milliseconds at most, and drops the line if there is no room by
// then.
func (l *Log) Add(line *Line) {
	switch {
	case l.queue == nil:
	case l.folder == nil:
		l.put(line)
	default:
		lines := l.folder.add(line)
		for i := range lines {
			l.put(&lines[i])
		}
	}
}

// Enabled reports whether lines are written at all.
func (l *Log) Enabled() bool { return l.queue != nil }

// Metrics returns the log's metrics.
func (l *Log) Metrics() *Metrics { return l.metrics }

// put queues a line.
func (l *Log) put(line *Line) {
	buffer, err := line.encode()
	if err != nil { // there is nothing in a line that can't be encoded
		l.health.dropped(Failed, 1)
		return
	}
	defer buffer.Free()
	if reason := l.queue.add(buffer.Bytes()); reason != "" {
		l.health.dropped(reason, 1)
	}
}

// unfold writes folded lines when their windows end.
func (l *Log) unfold() {
	for {
		lines, next := l.folder.ended(time.Now())
		for i := range lines {
			l.put(&lines[i])
		}
		var timer <-chan time.Time
		if !next.IsZero() {
			timer = time.After(time.Until(next))
		}
		select {
		case <-timer:
		case <-l.folder.wake:
		case <-l.unfolded:
			return
		}
	}
}

// Sync waits until the lines that were added are written, except for those that are folded.
func (l *Log) Sync(ctx context.Context) error {
	if l.queue != nil && !l.queue.settled(ctx.Done()) {
		return fmt.Errorf("write the audit log: %w", ctx.Err())
	}
	return nil
}

// Close writes what is held back and what is queued, and closes the file. After a second it gives up
// what isn't written by then, and returns an error that says how much. Lines that are added later
// are dropped.
func (l *Log) Close() error {
	if l.queue == nil {
		return nil
	}
	var err error
	l.closing.Do(func() { err = l.close() })
	return err
}

func (l *Log) close() error {
	l.queue.hurry()
	close(l.unfolded)
	l.folding.Wait()
	if l.folder != nil {
		for _, line := range l.folder.close() {
			l.put(&line)
		}
	}
	l.queue.end()
	select {
	case <-l.written:
	case <-time.After(drainTime):
	}
	var err error
	close(l.abandoned)
	if left := l.queue.left(); left > 0 {
		err = fmt.Errorf("%d lines of the audit log could not be written within %s", left, drainTime)
		l.health.dropped(Shutdown, left)
	}
	close(l.reported)
	l.reporting.Wait()
	// This ends a write to a pipe that nobody reads.
	return errors.Join(err, l.sink.Close())
}
