package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// linkAll makes out a directory with a symbolic link to each program, by its name. Everything that
// runs the control plane finds it there. Each link is replaced by a rename, so that a test which
// starts a program meanwhile finds the old one or the new one.
func linkAll(out string, programs map[string]string) error {
	if err := os.MkdirAll(out, 0o750); err != nil {
		return fmt.Errorf("create the directory of links: %w", err)
	}
	for name, target := range programs {
		if err := link(filepath.Join(out, name), target); err != nil {
			return err
		}
	}
	return nil
}

// link makes file a symbolic link to target, whatever file was before.
func link(file, target string) error {
	if current, err := os.Readlink(file); err == nil && current == target {
		return nil
	}
	work, err := os.MkdirTemp(filepath.Dir(file), ".link-")
	if err != nil {
		return fmt.Errorf("link to %s: %w", target, err)
	}
	defer os.RemoveAll(work) //nolint:errcheck // empty after the rename
	temporary := filepath.Join(work, filepath.Base(file))
	if err := os.Symlink(target, temporary); err != nil {
		return fmt.Errorf("link to %s: %w", target, err)
	}
	if err := os.Rename(temporary, file); err != nil {
		return fmt.Errorf("link to %s: %w", target, err)
	}
	return nil
}
