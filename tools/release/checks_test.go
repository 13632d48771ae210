package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// checkFiles checks that a release has exactly these files, that all but one are in SHA256SUMS, and
// that each SBOM is SPDX and names modules.
func checkFiles(t *testing.T, folder string, want []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var sums strings.Builder
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		got = append(got, entry.Name())
		content := readFile(t, filepath.Join(folder, entry.Name()))
		if entry.Name() != sumsName {
			fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256([]byte(content)), entry.Name())
		}
		if strings.HasSuffix(entry.Name(), ".spdx.json") {
			checkSBOM(t, entry.Name(), content)
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the release has %q, want %q", got, want)
	}
	if listed := readFile(t, filepath.Join(folder, sumsName)); listed != sums.String() {
		t.Errorf("SHA256SUMS is\n%swant\n%s", listed, sums.String())
	}
}

func checkSBOM(t *testing.T, name, content string) {
	t.Helper()
	var d struct {
		Version   string `json:"spdxVersion"`
		Namespace string `json:"documentNamespace"`
		Creation  struct {
			Created time.Time `json:"created"`
		} `json:"creationInfo"`
		Packages []struct {
			References []struct {
				Locator string `json:"referenceLocator"`
			} `json:"externalRefs"`
		} `json:"packages"`
	}
	if err := json.Unmarshal([]byte(content), &d); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if d.Version != "SPDX-2.3" || d.Namespace == "" || d.Creation.Created.Unix() != 1700000000 {
		t.Errorf("%s: version %q, namespace %q, created %v", name, d.Version, d.Namespace, d.Creation.Created)
	}
	wanted := "pkg:golang/k8s.io/client-go@"
	if strings.HasSuffix(name, "_index.spdx.json") {
		wanted = "pkg:oci/"
	}
	if !strings.Contains(content, wanted) {
		t.Errorf("%s names no %s", name, wanted)
	}
}

// checkVersion checks what a binary for this machine prints: version, commit and platform.
func checkVersion(t *testing.T, file, platform string) {
	t.Helper()
	want := "fargate-webhook " + testVersion + " " + testRevision + " " + runtime.Version() + " " + platform + "\n"
	if got := output(t, nil, file, "version"); got != want {
		t.Errorf("the binary prints %q, want %q", got, want)
	}
}

// checkIndex checks the image: two platforms, each with a static binary, a numeric user that isn't
// root, labels and nothing else.
func checkIndex(t *testing.T, index v1.ImageIndex) {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var platforms []string
	for _, entry := range manifest.Manifests {
		platforms = append(platforms, entry.Platform.String())
		image, err := index.Image(entry.Digest)
		if err != nil {
			t.Fatal(err)
		}
		checkImage(t, entry.Platform.Architecture, image)
	}
	if slices.Sort(platforms); !slices.Equal(platforms, []string{"linux/amd64", "linux/arm64"}) {
		t.Errorf("the image is for %q", platforms)
	}
}

func checkImage(t *testing.T, arch string, image v1.Image) {
	t.Helper()
	config := configOf(t, image)
	if config.Config.User != "65532:65532" || !slices.Equal(config.Config.Entrypoint, []string{"/" + binaryPath}) || config.Config.Cmd != nil {
		t.Errorf("%s: user %q, entrypoint %q, arguments %q", arch, config.Config.User, config.Config.Entrypoint, config.Config.Cmd)
	}
	if config.Created.Unix() != 1700000000 {
		t.Errorf("%s: created %v", arch, config.Created)
	}
	if want := map[string]string{
		"org.opencontainers.image.title":       "fargate-webhook",
		"org.opencontainers.image.description": "Admission controller for Amazon EKS clusters with Fargate profiles",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     testVersion,
		"org.opencontainers.image.revision":    testRevision,
		"org.opencontainers.image.source":      "https://git.example/fargate-webhook",
	}; !maps.Equal(config.Config.Labels, want) {
		t.Errorf("%s: labels %q, want %q", arch, config.Config.Labels, want)
	}
	files := filesOf(t, image)
	if names := slices.Sorted(maps.Keys(files)); !slices.Equal(names, []string{"etc/passwd", binaryPath}) {
		t.Errorf("%s: the image holds %q besides what the base does, want only the program", arch, names)
	}
	info, err := buildinfo.Read(bytes.NewReader(files[binaryPath]))
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	if settings["GOARCH"] != arch || settings["GOOS"] != "linux" || settings["CGO_ENABLED"] != "0" || settings["-trimpath"] != "true" {
		t.Errorf("%s: the program was built with %q", arch, settings)
	}
	if arch == runtime.GOARCH && runtime.GOOS == "linux" {
		file := write(t, "fargate-webhook", string(files[binaryPath]))
		if err := os.Chmod(file, 0o700); err != nil {
			t.Fatal(err)
		}
		checkVersion(t, file, "linux/"+arch)
	}
}
