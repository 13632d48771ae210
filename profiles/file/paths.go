package file

import (
	"os"
	"path/filepath"
	"strings"

	"fargate-webhook/internal/files"
)

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
		if strings.HasPrefix(entry.Name(), ".") || !files.Readable(path) {
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
