// Package file reads Fargate profiles from files: for clusters that can't reach the EKS API, for
// planned profiles, for tests, and for reviews before a cluster exists. It reads the formats of the
// usual tools (F9) and detects them by content.
package file

import (
	"context"
	"errors"
	"fmt"

	"fargate-webhook/internal/files"
	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

// Source reads the profiles in files and folders. Every List reads them again.
type Source struct {
	paths []string
	// most bounds a file, in bytes.
	most int64
}

// MaxOffline bounds a file, in bytes, for programs that don't run in the webhook's small pod.
const MaxOffline = 64 << 20

// New returns a Source of the files at paths. For a folder it reads the .yaml, .yml and .json files
// in it. The paths need not exist yet.
func New(paths ...string) *Source { return &Source{paths: paths, most: yamlfile.MaxBytes} }

// NewOffline is New for files of up to MaxOffline.
func NewOffline(paths ...string) *Source { return &Source{paths: paths, most: MaxOffline} }

// List returns the profiles in the order of the paths and of each file. An error in one file fails
// the whole list. It reports the errors of all files at once, with file, line and field.
func (s *Source) List(ctx context.Context) ([]profiles.Profile, error) {
	var paths []string
	for _, path := range s.paths {
		found, err := files.At(path, filesIn)
		if err != nil {
			return nil, fmt.Errorf("read the Fargate profiles: %w", err)
		}
		paths = append(paths, found...)
	}
	var errs []error
	var entries []entry
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read the Fargate profiles of %s: %w", path, err)
		}
		found, err := readFile(path, s.most)
		entries = append(entries, found...)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return join(entries, errs)
}

// join returns one list of all entries, or all errors.
func join(entries []entry, errs []error) ([]profiles.Profile, error) {
	if err := errors.Join(append(errs, check(entries))...); err != nil {
		return nil, err
	}
	list := make([]profiles.Profile, len(entries))
	for i := range entries {
		list[i] = entries[i].Profile.Profile
	}
	return list, nil
}

// readFile reads one file.
func readFile(path string, most int64) ([]entry, error) {
	data, err := yamlfile.ReadUpTo(path, most)
	if err != nil {
		return nil, fmt.Errorf("read the Fargate profiles: %w", err)
	}
	return parse(path, data)
}
