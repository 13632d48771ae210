package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// dataLink is the symbolic link that Kubernetes replaces when a mounted ConfigMap changes. The
// links of the files point through it and don't change.
const dataLink = "..data"

// attempts is how often adding a watch is tried when a folder disappears at the same moment.
const attempts = 10

// Watch calls changed after each change of the files, until ctx ends (profiles.Notifier). It
// watches the folders of the files, since editors and Kubernetes replace files, and for a folder
// that doesn't exist the nearest one above it. A file that is read while it is half written fails
// the list; the rest of the write is another change.
func (s *Source) Watch(ctx context.Context, changed func()) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the files of Fargate profiles: %w", err)
	}
	defer watcher.Close() //nolint:errcheck // nothing was written
	if _, err := s.follow(watcher); err != nil {
		return err
	}
	changed()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, open := <-watcher.Events:
			if !open {
				return errors.New("watch the files of Fargate profiles: the watch was closed")
			}
			more, err := s.follow(watcher)
			if err != nil {
				return err
			}
			if more || s.concerns(filepath.Clean(event.Name)) {
				changed()
			}
		case err := <-watcher.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return fmt.Errorf("watch the files of Fargate profiles: %w", err)
			}
			changed() // some events were lost
		}
	}
}

// follow adds watches for folders that have none, and returns whether it added any.
func (s *Source) follow(watcher *fsnotify.Watcher) (more bool, err error) {
	for range attempts {
		more, err = s.followOnce(watcher)
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return false, fmt.Errorf("watch the files of Fargate profiles: %w", err)
	}
	return more, nil
}

func (s *Source) followOnce(watcher *fsnotify.Watcher) (more bool, err error) {
	watched := watcher.WatchList()
	for _, folder := range s.folders() {
		if slices.Contains(watched, folder) {
			continue
		}
		if err := watcher.Add(folder); err != nil {
			return false, fmt.Errorf("%s: %w", folder, err)
		}
		more = true
	}
	return more, nil
}

// folders returns the folders to watch: the nearest existing parent of each path, and the path
// itself if it is a folder.
func (s *Source) folders() []string {
	var folders []string
	for _, path := range s.paths {
		if isFolder(path) {
			folders = append(folders, filepath.Clean(path))
		}
		parent := filepath.Dir(filepath.Clean(path))
		for !isFolder(parent) && parent != filepath.Dir(parent) {
			parent = filepath.Dir(parent)
		}
		folders = append(folders, parent)
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

// concerns reports whether a change at name may change the list: name is a path, above or in it, or
// the link of its ConfigMap.
func (s *Source) concerns(name string) bool {
	for _, path := range s.paths {
		path = filepath.Clean(path)
		if path == name || filepath.Dir(name) == path || strings.HasPrefix(path, name+string(filepath.Separator)) ||
			filepath.Base(name) == dataLink && filepath.Dir(name) == filepath.Dir(path) {
			return true
		}
	}
	return false
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
