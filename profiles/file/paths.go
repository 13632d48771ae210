package file

import (
	"os"
	"path/filepath"
	"strings"

	"fargate-webhook/internal/files"
)

// filesIn lists the YAML and JSON files directly in a folder, by name. It follows symbolic links,
// since the files of a mounted ConfigMap are links. It leaves out hidden files: those of the
// ConfigMap's mount and backups of editors.
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
		if info.Mode().IsRegular() { // reading a pipe might block for ever
			list = append(list, path)
		}
	}
	return list, nil
}
