package main

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// binary compiles the program for a platform, like "linux/amd64", and writes its SBOM beside it.
func (r *release) binary(ctx context.Context, platform string) error {
	system, arch, ok := strings.Cut(platform, "/")
	if !ok {
		return fmt.Errorf("platform %q: must be like linux/amd64", platform)
	}
	name := r.name(system, arch)
	file, err := filepath.Abs(filepath.Join(r.folder, name))
	if err != nil {
		return err
	}
	const variables = "fargate-webhook/cmd/fargate-webhook/version"
	ldflags := fmt.Sprintf("-s -w -X %[1]s.version=%[2]s -X %[1]s.revision=%[3]s", variables, r.version, r.revision)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", file, "./cmd/fargate-webhook")
	cmd.Dir = r.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build for %s: %w\n%s", platform, err, out)
	}
	return r.sbom(name)
}

// sbom writes the SBOM of a binary of the release.
func (r *release) sbom(binary string) error {
	file := filepath.Join(r.folder, binary)
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the build information of %s: %w", file, err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	document := newDocument(subject{
		name:    binary,
		version: r.version,
		digest:  fmt.Sprintf("%x", sha256.Sum256(content)),
		created: r.created,
	}, info)
	encoded, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file+".spdx.json", append(encoded, '\n'), 0o644) //nolint:gosec // published
}
