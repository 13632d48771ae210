package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// compile runs one `go build -v` in dir and reports its progress.
func (j job) compile(ctx context.Context, dir, label string, args []string) error {
	began := time.Now()
	progress := &progress{}
	cmd := goCommand(ctx, dir, args...)
	cmd.Stderr = progress
	done := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		return goError(err, label, "")
	}
	go func() { done <- cmd.Wait() }()
	line := newStatus(j.log)
	line.show(label + " ...")
	ticker := time.NewTicker(line.every)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			line.clear()
			if err != nil {
				return goError(err, label, progress.failure())
			}
			say(j.log, "%s done in %s", label, time.Since(began).Round(100*time.Millisecond))
			return nil
		case <-ticker.C:
			line.show(fmt.Sprintf("%s: %s, %s", label, progress, time.Since(began).Round(time.Second)))
		}
	}
}

// progress parses the output of `go build -v`: the import path of each compiled package, the
// modules it downloads, and error messages.
type progress struct {
	mutex      sync.Mutex
	rest       string // an incomplete line
	packages   int
	downloaded int
	other      []string // all other lines: errors
}

// keptLines is how many lines of the go command's errors are kept.
const keptLines = 40

// Write implements io.Writer for the go command's output.
func (p *progress) Write(piece []byte) (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.rest += string(piece)
	for {
		line, rest, complete := strings.Cut(p.rest, "\n")
		if !complete {
			return len(piece), nil
		}
		p.rest = rest
		p.line(line)
	}
}

func (p *progress) line(line string) {
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		p.downloaded++
	case line != "" && !strings.ContainsAny(line, " \t:#"):
		p.packages++
	default:
		p.other = append(p.other, line)
		p.other = p.other[max(0, len(p.other)-keptLines):]
	}
}

// String formats the counts for a progress line.
func (p *progress) String() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	parts := []string{fmt.Sprintf("%d packages compiled", p.packages)}
	if p.downloaded > 0 {
		parts = append(parts, fmt.Sprintf("%d modules downloaded", p.downloaded))
	}
	return strings.Join(parts, ", ")
}

// failure returns the go command's errors.
func (p *progress) failure() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return strings.Join(append(p.other, p.rest), "\n")
}
