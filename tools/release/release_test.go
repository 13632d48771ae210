package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// `make release` writes the binaries (here: one), the image for two platforms, SBOMs and checksums;
// what is built from another checkout is equal to the byte; and what docs/release.md pushes is that
// image.
func TestRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles ko and the program for two platforms: run without -short")
	}
	address := startRegistry(t)
	platform := runtime.GOOS + "/" + runtime.GOARCH
	args := []string{"release", "DIRTY=allowed", "BASE_IMAGE=" + pushBase(t, address), "RELEASE_PLATFORMS=" + platform, "LABELS=org.opencontainers.image.source=https://git.example/fargate-webhook", "CHART_IMAGE=registry.example/fargate-webhook"}
	folder := build(t, args)
	binary := "fargate-webhook_" + testVersion + "_" + strings.ReplaceAll(platform, "/", "_")
	plugin := pluginName + "_" + testVersion + "_" + strings.ReplaceAll(platform, "/", "_")
	image := "fargate-webhook_" + testVersion + "_image"
	t.Run("files", func(t *testing.T) {
		checkFiles(t, folder, []string{
			"SHA256SUMS", binary, binary + ".spdx.json", image + ".tar", plugin + ".spdx.json", plugin + ".tar.gz",
			"fargate-webhook-1.2.3.tgz", image + "_index.spdx.json", image + "_linux_amd64.spdx.json", image + "_linux_arm64.spdx.json",
		})
	})
	t.Run("binary", func(t *testing.T) { checkVersion(t, filepath.Join(folder, binary), platform) })
	t.Run("plugin", func(t *testing.T) {
		checkPluginArchive(t, filepath.Join(folder, plugin+".tar.gz"))
		checkKrew(t, folder, platform)
	})
	t.Run("image", func(t *testing.T) {
		index, _ := theIndex(t, filepath.Join(folder, "image"))
		checkIndex(t, index)
	})
	t.Run("push", func(t *testing.T) {
		_, digest := theIndex(t, filepath.Join(folder, "image"))
		pushed := output(t, nil, "go", "tool", "-modfile="+filepath.Join(root(t), "tools/release/go.mod"), "crane", "push", filepath.Join(folder, "image"), address+"/fargate-webhook:"+testVersion)
		if want := address + "/fargate-webhook@" + digest + "\n"; pushed != want {
			t.Errorf("pushed %q, want %q", pushed, want)
		}
	})
	t.Run("chart", func(t *testing.T) {
		_, digest := theIndex(t, filepath.Join(folder, "image"))
		checkChart(t, filepath.Join(folder, "fargate-webhook-1.2.3.tgz"), "registry.example/fargate-webhook@"+digest, address)
	})
	t.Run("again", func(t *testing.T) {
		again := build(t, args)
		if first, second := readFile(t, filepath.Join(folder, sumsName)), readFile(t, filepath.Join(again, sumsName)); first != second {
			t.Errorf("two builds differ:\n%s\n%s", first, second)
		}
	})
}

// checkChart checks that Helm renders a package of the chart with the image of the release, and
// pushes it as docs/release.md says.
func checkChart(t *testing.T, file, image, registry string) {
	t.Helper()
	helm := func(args ...string) string {
		home := "HELM_CONFIG_HOME=" + t.TempDir()
		return output(t, []string{home}, "go", append([]string{"tool", "-modfile=" + filepath.Join(root(t), "tools/chart/go.mod"), "helm"}, args...)...)
	}
	if about := helm("show", "chart", file); !strings.Contains(about, "\nversion: 1.2.3\n") || !strings.Contains(about, "\nappVersion: 1.2.3\n") {
		t.Errorf("the chart is\n%s", about)
	}
	rendered := helm("template", "x", file, "--kube-version=1.34.0", "--set=profiles.eks.clusterName=prod,aws.region=us-west-2")
	if !strings.Contains(rendered, `image: "`+image+`"`) {
		t.Errorf("the Deployment doesn't have the image %s", image)
	}
	helm("push", file, "oci://"+registry+"/charts", "--plain-http")
	if pulled := helm("show", "chart", "oci://"+registry+"/charts/fargate-webhook", "--version=1.2.3", "--plain-http"); !strings.Contains(pulled, "name: fargate-webhook") {
		t.Errorf("what is pushed is\n%s", pulled)
	}
}

// build runs make in a new checkout, and returns the folder with what it makes.
func build(t *testing.T, args []string) string {
	t.Helper()
	folder := checkout(t)
	if _, stderr, err := makeIn(t, folder, nil, args...); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	return filepath.Join(folder, "dist")
}

// The notes of a release are what the changelog says about its version, up to the version before.
func TestReleaseNotes(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{
		"Makefile":     readFile(t, filepath.Join(root(t), "Makefile")),
		"CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n- c\n\n## 1.2.3 - 2026-01-02\n\n### Added\n\n- b\n\n## 1.2.2\n\n- a\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	notes, _, err := makeIn(t, folder, nil, "release-notes")
	if want := "\n### Added\n\n- b\n\n"; err != nil || notes != want {
		t.Errorf("notes %q, %v; want %q", notes, err, want)
	}
	if _, stderr, err := makeIn(t, folder, nil, "release-notes", "VERSION=v1.2.4"); err == nil || !strings.Contains(stderr, `no section "## 1.2.4" in CHANGELOG.md`) {
		t.Errorf("a version that isn't listed: %v, %q", err, stderr)
	}
}
