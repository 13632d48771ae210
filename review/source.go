package review

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// maxFile bounds a file of manifests, in bytes.
const maxFile = 64 << 20

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Files lists the files that the paths stand for: a file is itself whatever
// its name; a folder is its .yaml, .yml and .json files, by name, and with
// recursive those of its folders too. It is what kubectl does with -f.
func Files(paths []string, recursive bool) ([]string, error) {
	var files []string
	for _, path := range paths {
		if path == Stdin {
			files = append(files, path)
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("read manifests: %w", err)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		found, err := manifestsIn(path, recursive)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			hint := ""
			if !recursive {
				hint = "; -R looks into its folders too"
			}
			return nil, fmt.Errorf("read manifests: %s holds no .yaml, .yml or .json file%s", path, hint)
		}
		files = append(files, found...)
	}
	return files, nil
}

func manifestsIn(root string, recursive bool) ([]string, error) {
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && !recursive:
			return filepath.SkipDir
		case !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)):
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	return found, nil
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
