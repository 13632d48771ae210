package file

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// files lists the files that the paths stand for: a file is itself whatever its name; a folder is its .yaml, .yml and .json files, by name.
func files(paths []string) ([]string, error) {
	var list []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			list = append(list, path)
			continue
		}
		found, err := filesIn(path)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s holds no .yaml, .yml or .json file", path)
		}
		list = append(list, found...)
	}
	return list, nil
}

// filesIn lists the files in a folder, through symbolic links, since a ConfigMap is mounted as such. Hidden ones are left out: there the
// ConfigMap's own folders are, and what editors leave behind.
func filesIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		if strings.HasPrefix(entry.Name(), ".") || !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)) {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() { // a pipe might be waited for without end
			list = append(list, path)
		}
	}
	return list, nil
}
