package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	lockFile    = ".lock"
	recipeFile  = "recipe.txt"
	buildPrefix = ".build-"
)

// store is a directory with a folder for each recipe. Every checkout of this user shares the one in
// the cache directory. A folder has the programs that have been built so far: each is built
// elsewhere and renamed into it, so a file there is complete.
type store string

// cacheStore returns the store in the user's cache directory, which need not exist yet.
func cacheStore() (store, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache directory: %w", err)
	}
	return store(filepath.Join(cache, "fargate-webhook", "controlplane")), nil
}

// checkoutStore returns the store in a checkout's bin directory, for users without a cache
// directory.
func checkoutStore(bin string) store {
	return store(filepath.Join(bin, "cache", "controlplane"))
}

// folder returns the path of a recipe's folder.
func (s store) folder(v version, stamp string) string {
	return filepath.Join(string(s), folderName(v, stamp))
}

// open creates the store and locks it against other builds. Close the result to release it.
func (s store) open(ctx context.Context, log io.Writer) (io.Closer, error) {
	if err := os.MkdirAll(string(s), 0o700); err != nil {
		return nil, fmt.Errorf("create the directory for the binaries: %w", err)
	}
	held, err := lock(ctx, filepath.Join(string(s), lockFile), log)
	if err != nil {
		return nil, err
	}
	// A file system can be full or read-only although an old lock file can be opened.
	if err := s.removeStale(); err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return held, nil
}

// removeStale removes the work directories of killed runs. The caller must hold the lock.
func (s store) removeStale() error {
	stale, err := filepath.Glob(filepath.Join(string(s), buildPrefix+"*"))
	if err != nil {
		return fmt.Errorf("find stale work directories: %w", err)
	}
	for _, dir := range stale {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove a stale work directory: %w", err)
		}
	}
	return nil
}

// openFirst opens the first store that can be written, and says why one before it can't.
func openFirst(ctx context.Context, stores []store, log io.Writer) (store, io.Closer, error) {
	var failures []error
	for i, s := range stores {
		held, err := s.open(ctx, log)
		if err == nil {
			return s, held, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
		if i+1 < len(stores) {
			say(log, "%v: building into %s instead, which other clones don't see", err, stores[i+1])
		}
	}
	return "", nil, errors.Join(failures...)
}

// keep moves a program that is complete into a folder of the store, and writes it to the disk
// first, so that a power failure leaves no empty file behind.
func keep(built, folder string) error {
	f, err := os.Open(built)
	if err != nil {
		return fmt.Errorf("keep a program: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s to the disk: %w", built, err)
	}
	if err := os.Rename(built, filepath.Join(folder, filepath.Base(built))); err != nil {
		return fmt.Errorf("move a program into place: %w", err)
	}
	return nil
}

// isProgram returns whether a file is there and can be executed.
func isProgram(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
