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

// dataLink is the symbolic link that Kubernetes swaps when a mounted ConfigMap changes: the files are links through it and stay as they are.
const dataLink = "..data"

// attempts is how often watching a folder is tried that is gone as soon as it was found.
const attempts = 10

// Watch tells of changes (profiles.Notifier). It watches the folders that the files are in, since editors and Kubernetes put new files in the
// place of old ones; of one that isn't there yet, the nearest above it. Changes come step by step, so a file may be read while it is half
// written: that list fails, and the next step tells of another change.
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
				return errors.New("watch the files of Fargate profiles: the watch ended")
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

// follow watches the folders that aren't watched yet, and returns whether there were any.
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

// folders are those to watch: the one that each path is in, and the path itself if it is one.
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

// concerns says whether a change of what is at name may change what is read: a path or what is above or in it, or a ConfigMap beside it.
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
