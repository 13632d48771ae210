package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestAt(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "profiles.txt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	none := func(string) ([]string, error) { return nil, nil }
	one := func(string) ([]string, error) { return []string{"a.yaml"}, nil }
	if got, err := At(file, one); err != nil || !slices.Equal(got, []string{file}) {
		t.Errorf("a file is %v, %v", got, err)
	}
	if got, err := At(folder, one); err != nil || !slices.Equal(got, []string{"a.yaml"}) {
		t.Errorf("a folder is %v, %v", got, err)
	}
	if _, err := At(folder, none); !errors.Is(err, ErrNone) {
		t.Errorf("an empty folder gives %v", err)
	}
	if _, err := At(filepath.Join(folder, "missing"), one); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing gives %v", err)
	}
}

func TestReadable(t *testing.T) {
	for path, want := range map[string]bool{"a/b.yaml": true, "b.yml": true, "c.json": true, "c.txt": false, "yaml": false} {
		if Readable(path) != want {
			t.Errorf("Readable(%q) is %t", path, !want)
		}
	}
}
