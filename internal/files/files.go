// Package files lists the files that a path on the command line means.
package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// ErrNone is wrapped by the error about a folder without YAML or JSON files.
var ErrNone = errors.New("no .yaml, .yml or .json file in it")

// extensions are those of the files that are read from a folder, as by kubectl -f.
var extensions = []string{".yaml", ".yml", ".json"}

// At returns the path itself if it is not a folder, whatever its name. For a folder it returns the
// paths that list finds in it. It returns an error if nothing is at the path, and one that wraps
// ErrNone if list finds nothing.
func At(path string, list func(folder string) ([]string, error)) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	found, err := list(path)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s: %w", path, ErrNone)
	}
	return found, err
}

// Readable reports whether a file in a folder has an extension of YAML or JSON.
func Readable(path string) bool { return slices.Contains(extensions, filepath.Ext(path)) }
