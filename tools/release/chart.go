package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// chartName is the name of the Helm chart, and of the folder in its package.
const chartName = "fargate-webhook"

// chart adds the Helm chart as a package, with the version of the release. If the image's registry
// and name are known, it has these and the image's digest as values. `helm package` would do it, but
// for the time in the package, which it takes from the clock.
func (r *release) chart() error {
	version := strings.TrimPrefix(r.version, "v")
	folder := filepath.Join(r.root, "deploy", "chart")
	edits := map[string][]edit{
		"Chart.yaml": {{"\nversion: 0.0.0\n", "\nversion: " + version + "\n"}, {"\nappVersion: 0.0.0\n", "\nappVersion: " + version + "\n"}},
	}
	if strings.Contains(version, "-") {
		edits["Chart.yaml"] = append(edits["Chart.yaml"], edit{`prerelease: "false"`, `prerelease: "true"`})
	}
	if r.chartImage != "" {
		digest, err := r.imageDigest()
		if err != nil {
			return err
		}
		edits["values.yaml"] = []edit{{"  repository: \"\"\n", "  repository: " + r.chartImage + "\n"}, {"  digest: \"\"\n", "  digest: " + digest + "\n"}}
	}
	var archive bytes.Buffer
	compressed := gzip.NewWriter(&archive)
	w := tar.NewWriter(compressed)
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(name, ".") {
			return err
		}
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		text := string(content)
		for _, e := range edits[name] {
			if strings.Count(text, e.old) != 1 {
				return fmt.Errorf("%s of the chart must have %q once", name, e.old)
			}
			text = strings.Replace(text, e.old, e.new, 1)
		}
		if err := w.WriteHeader(&tar.Header{Name: path.Join(chartName, name), Mode: 0o644, Size: int64(len(text)), ModTime: r.created}); err != nil {
			return err
		}
		_, err = w.Write([]byte(text))
		return err
	})
	if err := errors.Join(err, w.Close(), compressed.Close()); err != nil {
		return fmt.Errorf("package %s: %w", folder, err)
	}
	return os.WriteFile(filepath.Join(r.folder, chartName+"-"+version+".tgz"), archive.Bytes(), 0o644) //nolint:gosec // published
}

// edit is a replacement in a file of the chart.
type edit struct{ old, new string }

// imageDigest returns the digest by which the image is pushed: that of its index.
func (r *release) imageDigest() (string, error) {
	file := filepath.Join(r.folder, "image", "index.json")
	content, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var layout struct {
		Manifests []struct {
			Digest string `json:"digest"`
		} `json:"manifests"`
	}
	if err := json.Unmarshal(content, &layout); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	if len(layout.Manifests) != 1 {
		return "", fmt.Errorf("%s has %d images: want 1", file, len(layout.Manifests))
	}
	return layout.Manifests[0].Digest, nil
}
