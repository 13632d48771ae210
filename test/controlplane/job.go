package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// job provides the programs of one release.
type job struct {
	tool    goTool
	version version
	derived bool              // the release is not the one of the committed go.mod
	assets  map[string]string // programs that are there already, by name
	stores  []store           // where programs are looked up; the first that can be written is built into
	out     string            // the directory of links
	log     io.Writer
}

// run builds the programs that are neither among the assets nor in a store, and links to all.
func (j job) run(ctx context.Context) error {
	stamp, err := j.stamp()
	if err != nil {
		return err
	}
	for _, s := range j.stores {
		if folder := s.folder(j.version, stamp); len(j.missing(folder)) == 0 {
			return j.finish(folder)
		}
	}
	folder, err := j.build(ctx, stamp)
	if err != nil {
		return j.explain(err)
	}
	return j.finish(folder)
}

// finish links to the assets, and to the programs in folder for the rest.
func (j job) finish(folder string) error {
	found := j.found(folder)
	if err := linkAll(j.out, found); err != nil {
		return err
	}
	var folders []string
	for _, file := range found {
		folders = append(folders, filepath.Dir(file))
	}
	slices.Sort(folders)
	say(j.log, "Kubernetes %s is ready, in %s", j.version, strings.Join(slices.Compact(folders), " and "))
	return nil
}

// found returns the paths of the programs that are there, by name: the assets, and those in folder.
func (j job) found(folder string) map[string]string {
	found := maps.Clone(j.assets)
	if found == nil {
		found = map[string]string{}
	}
	for _, p := range programs() {
		if file := filepath.Join(folder, p.name); found[p.name] == "" && isProgram(file) {
			found[p.name] = file
		}
	}
	return found
}

// missing returns the programs that have to be built into folder.
func (j job) missing(folder string) []program {
	found := j.found(folder)
	return slices.DeleteFunc(programs(), func(p program) bool { return found[p.name] != "" })
}

// build builds what is missing from the first store that can be written, and returns the folder.
func (j job) build(ctx context.Context, stamp string) (_ string, err error) {
	s, held, err := openFirst(ctx, j.stores, j.log)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	folder := s.folder(j.version, stamp)
	missing := j.missing(folder) // another run may have built them since
	if len(missing) == 0 {
		return folder, nil
	}
	work, err := os.MkdirTemp(string(s), buildPrefix)
	if err != nil {
		return "", fmt.Errorf("create a work directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("create the directory for the binaries: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, recipeFile), []byte(stamp), 0o600); err != nil {
		return "", fmt.Errorf("write the recipe: %w", err)
	}
	return folder, j.compileAll(ctx, missing, work, folder)
}

// compileAll builds programs in work and moves each to folder once it is complete.
func (j job) compileAll(ctx context.Context, missing []program, work, folder string) error {
	began := time.Now()
	say(j.log, "%s", announce(j.version, missing, runtime.GOMAXPROCS(0)))
	module := j.tool.moduleDir
	if j.derived {
		module = filepath.Join(work, "module")
		if err := j.writeModule(ctx, module); err != nil {
			return err
		}
	}
	for i, p := range missing {
		label := fmt.Sprintf("%d/%d %s", i+1, len(missing), p.name)
		built := filepath.Join(work, p.name)
		if err := j.compile(ctx, module, label, buildArgs(p, j.version, built, j.derived)); err != nil {
			return err
		}
		if err := keep(built, folder); err != nil {
			return err
		}
	}
	say(j.log, "built Kubernetes %s in %s", j.version, time.Since(began).Round(time.Second))
	return nil
}

// stamp returns the fingerprint of the recipe.
func (j job) stamp() (string, error) {
	var inputs [][]byte
	if !j.derived {
		for _, name := range []string{"go.mod", "go.sum"} {
			content, err := os.ReadFile(filepath.Join(j.tool.moduleDir, name))
			if err != nil {
				return "", fmt.Errorf("read the module: %w", err)
			}
			inputs = append(inputs, content)
		}
	}
	return stampOf(j.version, j.tool.version, j.tool.platform, inputs...), nil
}

// explain adds the directories that need space to an error caused by a full disk.
func (j job) explain(err error) error {
	if err == nil || (!errors.Is(err, errDiskFull) && !errors.Is(err, syscall.ENOSPC)) {
		return err
	}
	var places []string
	for _, s := range j.stores {
		places = append(places, string(s))
	}
	places = slices.Concat(places, []string{os.TempDir()}, j.tool.cacheDirs)
	return fmt.Errorf("%w\nfree up space: the build needs about %s in total, in these directories: %s", err, buildSpace, strings.Join(places, ", "))
}
