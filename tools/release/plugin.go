package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// pluginName is the program that kubectl runs as its plugin.
const pluginName = "kubectl-fargate"

// plugin adds an archive of the plugin for a platform, like "linux/amd64", as krew installs it: the
// program and its license. The SBOM beside it is that of the program.
func (r *release) plugin(ctx context.Context, platform string) error {
	system, arch, ok := strings.Cut(platform, "/")
	if !ok {
		return fmt.Errorf("platform %q: must be like linux/amd64", platform)
	}
	folder, err := os.MkdirTemp("", "release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	binary := filepath.Join(folder, pluginName)
	if err := r.compile(ctx, system, arch, program{pluginName, "cmd/kubectl-fargate", "."}, binary); err != nil {
		return err
	}
	name := strings.Join([]string{pluginName, r.version, system, arch}, "_")
	if err := r.pluginArchive(filepath.Join(r.folder, name+".tar.gz"), binary); err != nil {
		return fmt.Errorf("archive %s: %w", name, err)
	}
	return r.sbom(name, binary)
}

// pluginArchive writes the program and the license, the same for the same content: with one owner
// and time.
func (r *release) pluginArchive(file, binary string) (err error) {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	compressed := gzip.NewWriter(out)
	w := tar.NewWriter(compressed)
	for _, f := range [...]struct {
		from, name string
		mode       int64
	}{{binary, pluginName, 0o755}, {filepath.Join(r.root, "LICENSE"), "LICENSE", 0o644}} {
		content, err := os.ReadFile(f.from)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(content)), ModTime: r.created}); err != nil {
			return err
		}
		if _, err := w.Write(content); err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), compressed.Close())
}
