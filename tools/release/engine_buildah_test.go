//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// buildah is buildah with a storage of its own.
type buildah struct {
	env []string
}

// newBuildah skips the test where buildah can't work, and says why.
func newBuildah(t *testing.T) *buildah {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles the program: run without -short")
	}
	if os.Getuid() != 0 {
		t.Skip("the Dockerfile isn't built: only root can change the root folder, as this test does")
	}
	for _, program := range []string{"buildah", "busybox"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("the Dockerfile isn't built: %v (Debian: apt-get install buildah busybox-static)", err)
		}
	}
	folder := t.TempDir()
	storage := write(t, "storage.conf", fmt.Sprintf("[storage]\ndriver = \"vfs\"\ngraphroot = %q\nrunroot = %q\n", filepath.Join(folder, "root"), filepath.Join(folder, "run")))
	b := &buildah{env: []string{"CONTAINERS_STORAGE_CONF=" + storage, "BUILDAH_ISOLATION=chroot"}}
	cmd := exec.CommandContext(t.Context(), "buildah", "info")
	cmd.Env = append(os.Environ(), b.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("the Dockerfile isn't built: buildah doesn't work here: %v: %s", err, out)
	}
	t.Cleanup(func() { b.do(t, "rm", "--all") })
	return b
}

// do runs a command of buildah and returns what it prints, without the newline.
func (b *buildah) do(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "buildah", args...)
	cmd.Env = append(os.Environ(), b.env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("buildah %q: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// golang builds an image with a shell, for the Dockerfile's RUN, and returns its name.
func (b *buildah) golang(t *testing.T) string {
	t.Helper()
	shell, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	container := b.do(t, "from", "scratch")
	b.do(t, "copy", "--quiet", container, shell, "/bin/sh")
	b.do(t, "config", "--env=PATH=/usr/local/go/bin:/bin", "--env=GOTOOLCHAIN=local", "--env=GOPROXY=off", "--env=GOPATH=/go", "--env=GOCACHE=/cache", container)
	b.do(t, "commit", "--quiet", container, "localhost/golang")
	return "localhost/golang"
}

// empty builds an image without anything, and returns its name.
func (b *buildah) empty(t *testing.T) string {
	t.Helper()
	b.do(t, "commit", "--quiet", b.do(t, "from", "scratch"), "localhost/empty")
	return "localhost/empty"
}

func (b *buildah) config(t *testing.T, image string) imageConfig {
	t.Helper()
	var inspected struct {
		OCIv1 imageConfig
	}
	if err := json.Unmarshal([]byte(b.do(t, "inspect", "--type", "image", image)), &inspected); err != nil {
		t.Fatal(err)
	}
	return inspected.OCIv1
}

// mount creates a container of an image, and returns its root folder.
func (b *buildah) mount(t *testing.T, image string) string {
	t.Helper()
	return b.do(t, "mount", b.do(t, "from", "--pull-never", image))
}

// filesIn returns the files below a folder.
func filesIn(t *testing.T, folder string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		files = append(files, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// inside prepares to run the program in the root folder of a container, as the image's user. It
// isn't run by buildah, which loses output and signals under chroot isolation.
func inside(t *testing.T, folder string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/fargate-webhook", args...)
	cmd.Err = nil // it isn't looked for outside
	cmd.Dir = "/"
	cmd.Env = []string{"HOME=/"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: folder, Credential: &syscall.Credential{Uid: imageUser, Gid: imageUser}}
	return cmd
}
