package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// image adds the image, which is in a folder, as one file, and its SBOMs.
func (r *release) image() error {
	layout := filepath.Join(r.folder, "image")
	file := filepath.Join(r.folder, r.name("image")+".tar")
	if err := r.archive(layout, file); err != nil {
		return fmt.Errorf("archive %s: %w", layout, err)
	}
	sboms, err := filepath.Glob(filepath.Join(r.folder, "image-sbom", "*.spdx.json"))
	if err != nil || len(sboms) == 0 {
		return errors.Join(fmt.Errorf("no SBOM in %s: run make image-oci first", filepath.Join(r.folder, "image-sbom")), err)
	}
	for _, sbom := range sboms {
		content, err := os.ReadFile(sbom)
		if err != nil {
			return err
		}
		of := strings.TrimPrefix(filepath.Base(sbom), "fargate-webhook-")
		target := filepath.Join(r.folder, r.name("image", strings.ReplaceAll(of, "linux-", "linux_")))
		if err := os.WriteFile(target, content, 0o644); err != nil { //nolint:gosec // published
			return err
		}
	}
	return nil
}

// archive writes the files of a folder as a tar file, the same for the same content: in order, with
// one owner, mode and time.
func (r *release) archive(folder, file string) (err error) {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w := tar.NewWriter(out)
	if err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		header := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: r.created}
		if err := w.WriteHeader(header); err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	}); err != nil {
		return err
	}
	return w.Close()
}
