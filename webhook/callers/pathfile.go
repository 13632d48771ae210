package callers

import (
	"context"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"fargate-webhook/internal/secretpath"
)

// PathFile are secret paths in a file, one a line. All are accepted, and the first is registered.
// To replace a path without a gap, add the new one as the second line, swap the lines once every
// replica has read them, and remove the old one once every API server uses the new one. It is safe
// for concurrent use.
type PathFile struct{ file reloaded[[]string] }

// NewPathFile reads the file. It returns an error that names the file and the line of an unusable
// path, but doesn't quote the path.
func NewPathFile(path string, logger *zap.Logger) (*PathFile, error) {
	f := &PathFile{file: reloaded[[]string]{path: path, parse: ParsePaths, logger: logger}}
	if _, err := f.file.load(); err != nil {
		return nil, fmt.Errorf("read the secret paths: %w", err)
	}
	return f, nil
}

// ParsePaths reads secret paths, one a line. Empty lines and lines that start with # don't count.
func ParsePaths(content []byte) ([]string, error) {
	var paths []string
	number := 0
	for line := range strings.Lines(string(content)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := secretpath.Check(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		paths = append(paths, line)
	}
	if len(paths) == 0 {
		return nil, errEmpty
	}
	return paths, nil
}

// RegisteredPath returns the first path.
func (f *PathFile) RegisteredPath(context.Context) (string, error) {
	return (*f.file.value.Load())[0], nil
}

// AcceptsPath reports whether the segment is a path of the file.
func (f *PathFile) AcceptsPath(segment string) bool {
	return secretpath.Match(segment, *f.file.value.Load())
}

// Start reads the file again, every 10 seconds, until ctx ends.
func (f *PathFile) Start(ctx context.Context) error {
	f.file.run(ctx)
	return nil
}
