// Package file reads Fargate profiles from a file: for clusters that can't reach the EKS API, for tests, and for reviews before there is
// a cluster at all. It reads the ClusterConfig of eksctl (F9.2).
package file

import (
	"context"
	"fmt"
	"io"
	"os"

	"fargate-webhook/profiles"
)

// maxBytes is how large a file may be. A ConfigMap holds no more either, and even the worst file of this size is parsed within the memory
// of the smallest Fargate pod.
const maxBytes = 1 << 20

// Source reads the profiles of a file. It reads the file anew for each List, so that a changed file, or a changed ConfigMap that is
// mounted, is seen at the next refresh.
type Source struct {
	path string
}

// New makes a Source of the file at path. The file need not exist yet.
func New(path string) *Source { return &Source{path: path} }

// List returns the profiles in the order of the file. Errors name the file, the line and the field.
func (s *Source) List(ctx context.Context) ([]profiles.Profile, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read the Fargate profiles of %s: %w", s.path, err)
	}
	data, err := s.read()
	if err != nil {
		return nil, fmt.Errorf("read the Fargate profiles: %w", err) // the system's error names the file
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s: larger than %d MiB: give a file with only the ClusterConfig", s.path, maxBytes>>20)
	}
	return parse(s.path, data)
}

// read returns the content of the file, or a little more than maxBytes of it.
func (s *Source) read() (data []byte, err error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	return io.ReadAll(io.LimitReader(f, maxBytes+1))
}
