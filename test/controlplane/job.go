package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	stampFile   = ".stamp"
	lockFile    = ".lock"
	buildPrefix = ".build-"
)

// job builds one release into one directory.
type job struct {
	tool    goTool
	version version
	derived bool // the release is not the one of the committed go.mod
	out     string
	log     io.Writer
}

// run builds the programs unless they are up to date. It replaces j.out only after all builds
// succeed.
func (j job) run(ctx context.Context) (err error) {
	stamp, err := j.stamp()
	if err != nil {
		return err
	}
	if j.upToDate(stamp) {
		say(j.log, "Kubernetes %s is built: %s", j.version, j.out)
		return nil
	}
	parent := filepath.Dir(j.out)
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return fmt.Errorf("create the directory for the binaries: %w", err)
	}
	held, err := lock(ctx, filepath.Join(parent, lockFile), j.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	if j.upToDate(stamp) { // the other run has built it
		say(j.log, "Kubernetes %s is built: %s", j.version, j.out)
		return nil
	}
	if err := removeStale(parent); err != nil {
		return err
	}
	work, err := os.MkdirTemp(parent, buildPrefix)
	if err != nil {
		return fmt.Errorf("create a work directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	return j.explain(j.make(ctx, work, stamp))
}

// make builds in work and moves the result to j.out.
func (j job) make(ctx context.Context, work, stamp string) error {
	began := time.Now()
	say(j.log, "building etcd, kube-apiserver, kube-controller-manager and kubectl %s from source", j.version)
	say(j.log, "the first build takes 6 to 12 minutes on 2 cores, less on more, and about 5 GB in Go's build cache; later runs take seconds")
	module := j.tool.moduleDir
	if j.derived {
		module = filepath.Join(work, "module")
		if err := j.writeModule(ctx, module); err != nil {
			return err
		}
	}
	bin := filepath.Join(work, "bin")
	if err := os.Mkdir(bin, 0o750); err != nil {
		return fmt.Errorf("create a work directory: %w", err)
	}
	for i, p := range programs() {
		label := fmt.Sprintf("%d/%d %s", i+1, len(programs()), p.name)
		if err := j.compile(ctx, module, label, buildArgs(p, j.version, filepath.Join(bin, p.name), j.derived)); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(bin, stampFile), []byte(stamp), 0o600); err != nil {
		return fmt.Errorf("write the stamp: %w", err)
	}
	if err := os.RemoveAll(j.out); err != nil {
		return fmt.Errorf("remove the old binaries: %w", err)
	}
	if err := os.Rename(bin, j.out); err != nil {
		return fmt.Errorf("move the binaries into place: %w", err)
	}
	say(j.log, "built Kubernetes %s in %s: %s", j.version, time.Since(began).Round(time.Second), j.out)
	return nil
}

// writeModule creates the module directory for a release other than the one in the committed
// go.mod.
func (j job) writeModule(ctx context.Context, dir string) error {
	say(j.log, "reading the go.mod of %s %s", kubernetesModule, j.version)
	if err := os.Mkdir(dir, 0o750); err != nil {
		return fmt.Errorf("create a work directory: %w", err)
	}
	file := filepath.Join(dir, "go.mod")
	if err := os.WriteFile(file, []byte("module fargate-webhook/test/controlplane\n"), 0o600); err != nil {
		return fmt.Errorf("write the module: %w", err)
	}
	// list -m downloads only the go.mod, and verifies it against the checksum database.
	source, err := goOutput(ctx, dir, "list", "-m", "-mod=mod", "-f", "{{.GoMod}}", kubernetesModule+"@"+j.version.String())
	if err != nil {
		return err
	}
	printed, err := goOutput(ctx, dir, "mod", "edit", "-json", strings.TrimSpace(string(source)))
	if err != nil {
		return err
	}
	parsed, err := parseGoMod(printed)
	if err != nil {
		return err
	}
	content, err := deriveGoMod(parsed, j.version)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		return fmt.Errorf("write the module: %w", err)
	}
	return nil
}

// stamp returns the stamp that j.out must contain for its binaries to be up to date.
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

// upToDate reports whether j.out contains all binaries and this stamp.
func (j job) upToDate(stamp string) bool {
	found, err := os.ReadFile(filepath.Join(j.out, stampFile))
	if err != nil || string(found) != stamp {
		return false
	}
	for _, p := range programs() {
		if info, err := os.Stat(filepath.Join(j.out, p.name)); err != nil || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// removeStale removes the work directories of killed runs. The caller must hold the lock.
func removeStale(parent string) error {
	stale, err := filepath.Glob(filepath.Join(parent, buildPrefix+"*"))
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

// explain adds the directories that need space to an error caused by a full disk.
func (j job) explain(err error) error {
	if err == nil || (!errors.Is(err, errDiskFull) && !errors.Is(err, syscall.ENOSPC)) {
		return err
	}
	places := append([]string{filepath.Dir(j.out), os.TempDir()}, j.tool.cacheDirs...)
	return fmt.Errorf("%w\nfree up space: the build needs about 5 GB in total, in these directories: %s", err, strings.Join(places, ", "))
}
