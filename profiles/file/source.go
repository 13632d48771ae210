// Package file reads Fargate profiles from a file: for clusters that can't reach the EKS API, for tests, and for reviews before there is
// a cluster at all. It reads the ClusterConfig of eksctl (F9.2).
package file

import (
	"context"
	"fmt"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

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
	data, err := yamlfile.Read(s.path)
	if err != nil {
		return nil, fmt.Errorf("read the Fargate profiles: %w", err)
	}
	return parse(s.path, data)
}
