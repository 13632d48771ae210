package review

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fargate-webhook/internal/files"
)

// MaxFile bounds a file of manifests, in bytes.
const MaxFile = 64 << 20

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Files lists the files that the paths stand for: a file is itself whatever its name; a folder is
// its .yaml, .yml and .json files, by name, and with recursive those of its folders too; a path
// where nothing is may be a pattern of files and folders. It is what kubectl does with -f.
func Files(paths []string, recursive bool) ([]string, error) {
	var list []string
	for _, path := range paths {
		if path == Stdin {
			list = append(list, path)
			continue
		}
		matches, err := matching(path)
		if err != nil {
			return nil, fmt.Errorf("read manifests: %w", err)
		}
		for _, match := range matches {
			found, err := files.At(match, func(folder string) ([]string, error) { return manifestsIn(folder, recursive) })
			if err != nil {
				hint := ""
				if errors.Is(err, files.ErrNone) && !recursive {
					hint = "; add -R to read its subfolders too"
				}
				return nil, fmt.Errorf("read manifests: %w%s", err, hint)
			}
			list = append(list, found...)
		}
	}
	return list, nil
}

// matching returns the path itself if something is there or if it has nothing of a pattern, else
// what matches it, by name.
func matching(path string) ([]string, error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || !strings.ContainsAny(path, `*?[`) {
		return []string{path}, nil
	}
	matches, err := filepath.Glob(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the pattern %q is not valid: %w", path, err)
	case len(matches) == 0:
		return nil, fmt.Errorf("no file matches %q", path)
	}
	return matches, nil
}

// manifestsIn follows a link to the folder, and as kubectl no links to folders within it.
func manifestsIn(root string, recursive bool) ([]string, error) {
	var found []string
	if info, err := os.Lstat(root); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		root += string(filepath.Separator)
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && !recursive:
			return filepath.SkipDir
		case !entry.IsDir() && files.Readable(path) && !endless(path):
			found = append(found, path)
		}
		return nil
	})
	return found, err
}

// endless reports a pipe, socket or device in a folder, whose end nobody may ever write. One that a
// path names is read, as in -f <(helm template web).
func endless(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// openFile opens one file, or stdin for "-".
func openFile(path string, stdin io.Reader) (io.ReadCloser, error) {
	if path == Stdin {
		return io.NopCloser(stdin), nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	return file, nil
}

// readAll reads what may be as large as a file.
func readAll(name string, in io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read manifests: %s: %w", name, err)
	}
	if len(data) > MaxFile {
		return nil, tooLarge(name)
	}
	return data, nil
}

func tooLarge(name string) error {
	return fmt.Errorf("read manifests: %s is larger than %d MiB", name, MaxFile>>20)
}
