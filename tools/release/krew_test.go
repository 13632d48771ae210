package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
)

// krewTool runs krew, or a tool of it, with a folder for what it installs.
func krewTool(t *testing.T, folder, name string, args ...string) (string, error) {
	t.Helper()
	return combined(t, []string{"KREW_ROOT=" + folder}, "go", append([]string{"tool", "-modfile=" + filepath.Join(root(t), "tools/krew/go.mod"), name}, args...)...)
}

// krewManifest fills in the template as krew-release-bot does: the addresses of archives are
// templates too, and checksum returns what is at one.
func krewManifest(t *testing.T, at string, checksum func(address string) string) string {
	t.Helper()
	data := struct{ TagName string }{testVersion}
	fill := func(text string, functions template.FuncMap) string {
		var filled bytes.Buffer
		parsed, err := template.New("").Funcs(functions).Parse(text)
		if err == nil {
			err = parsed.Execute(&filled, data)
		}
		if err != nil {
			t.Fatal(err)
		}
		return filled.String()
	}
	text := strings.ReplaceAll(readFile(t, filepath.Join(root(t), "deploy/krew/fargate.yaml")), "https://GIT_HOST/OWNER/fargate-webhook/releases", at)
	return fill(text, template.FuncMap{"addURIAndSha": func(address, _ string) string {
		address = fill(address, nil)
		return "uri: " + address + "\n    sha256: " + checksum(address)
	}})
}

// krew takes the manifest for its index, and installs the archive of a release: the program works
// and has its license. An archive that isn't the one of the release isn't installed.
func checkKrew(t *testing.T, folder, platform string) {
	t.Helper()
	server := httptest.NewServer(http.StripPrefix("/download/"+testVersion, http.FileServer(http.Dir(folder))))
	t.Cleanup(server.Close)
	archive := pluginName + "_" + testVersion + "_" + strings.ReplaceAll(platform, "/", "_") + ".tar.gz"
	found := false
	text := krewManifest(t, server.URL, func(address string) string {
		if path.Base(address) != archive {
			return strings.Repeat("f", 64) // not built here
		}
		found = true
		return fmt.Sprintf("%x", sha256.Sum256([]byte(readFile(t, filepath.Join(folder, archive)))))
	})
	if !found {
		t.Fatalf("krew's manifest lacks %s:\n%s", archive, text)
	}
	manifest := write(t, "fargate.yaml", text)
	if out, err := krewTool(t, t.TempDir(), "validate-krew-manifest", "-skip-install", "-manifest="+manifest); err != nil {
		t.Errorf("krew's manifest: %v\n%s", err, out)
	}
	installed := t.TempDir()
	if out, err := krewTool(t, installed, "krew", "install", "--manifest="+manifest); err != nil || !strings.Contains(out, "Installed plugin: fargate") {
		t.Fatalf("krew install: %v\n%s", err, out)
	}
	binary := filepath.Join(installed, "bin", pluginName)
	checkVersion(t, binary, platform)
	examples := filepath.Join(root(t), "examples")
	if out := output(t, nil, binary, "review", "-f", filepath.Join(examples, "deployment.yaml"), "--profiles", filepath.Join(examples, "cluster-config.yaml")); !strings.Contains(out, "Fargate: apps-fargate-profile") {
		t.Errorf("a review prints\n%s", out)
	}
	other := write(t, "fargate.yaml", krewManifest(t, server.URL, func(string) string { return strings.Repeat("f", 64) }))
	if out, err := krewTool(t, t.TempDir(), "krew", "install", "--manifest="+other); err == nil || !strings.Contains(out, "checksum") {
		t.Errorf("another archive is installed: %v\n%s", err, out)
	}
}

// The archive has the program and its license, and nothing else.
func checkPluginArchive(t *testing.T, file string) {
	t.Helper()
	in, err := gzip.NewReader(strings.NewReader(readFile(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for archive := tar.NewReader(in); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %o %d", header.Name, header.Mode, header.ModTime.Unix()))
	}
	if want := pluginName + " 755 " + testEpoch + ", LICENSE 644 " + testEpoch; strings.Join(got, ", ") != want {
		t.Errorf("the archive has %q, want %s", got, want)
	}
}

// combined runs a program, and returns all that it prints.
func combined(t *testing.T, env []string, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
