// Package file reads Fargate profiles from files: for clusters that can't reach the EKS API, for profiles that are still to come, for tests,
// and for reviews before there is a cluster at all. It reads what the usual tools write (F9), and tells it apart by its content.
package file

import (
	"context"
	"errors"
	"fmt"

	"fargate-webhook/internal/files"
	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/profiles"
)

// Source reads the profiles of some files and folders. It reads them anew for each List.
type Source struct {
	paths []string
}

// New makes a Source of the files at paths; a folder stands for the .yaml, .yml and .json files in it. They need not exist yet.
func New(paths ...string) *Source { return &Source{paths: paths} }

// List returns the profiles in the order of the paths and of each file. It is all or nothing: an error in one file is one for the whole.
// Errors name the file, the line and the field; those of all files are told at once.
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
		found, err := readFile(path)
		entries = append(entries, found...)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return join(entries, errs)
}

// join makes one list of what was read, unless there are errors.
func join(entries []entry, errs []error) ([]profiles.Profile, error) {
	if err := errors.Join(append(errs, check(entries))...); err != nil {
		return nil, err
	}
	list := make([]profiles.Profile, len(entries))
	for i := range entries {
		list[i] = entries[i].Profile
	}
	return list, nil
}

// readFile reads one file.
func readFile(path string) ([]entry, error) {
	data, err := yamlfile.Read(path)
	if err != nil {
		return nil, fmt.Errorf("read the Fargate profiles: %w", err)
	}
	return parse(path, data)
}
