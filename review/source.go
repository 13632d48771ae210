package review

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"fargate-webhook/internal/files"
)

// maxFile bounds a file of manifests, in bytes.
const maxFile = 64 << 20

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Files lists the files that the paths stand for: a file is itself whatever its name; a folder is
// its .yaml, .yml and .json files, by name, and with recursive those of its folders too. It is what
// kubectl does with -f.
func Files(paths []string, recursive bool) ([]string, error) {
	var list []string
	for _, path := range paths {
		if path == Stdin {
			list = append(list, path)
			continue
		}
		found, err := files.At(path, func(folder string) ([]string, error) { return manifestsIn(folder, recursive) })
		if err != nil {
			hint := ""
			if errors.Is(err, files.ErrNone) && !recursive {
				hint = "; add -R to read its subfolders too"
			}
			return nil, fmt.Errorf("read manifests: %w%s", err, hint)
		}
		list = append(list, found...)
	}
	return list, nil
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

// ReadFile reads one file, or stdin for "-".
func ReadFile(path string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if path != Stdin {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read manifests: %w", err)
		}
		defer file.Close() //nolint:errcheck // it was only read
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read manifests: %s: %w", path, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("read manifests: %s is larger than %d MiB", path, maxFile>>20)
	}
	return data, nil
}
