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
	if err := r.compile(ctx, system, arch, program{"fargate-webhook", ".", "./cmd/fargate-webhook"}, filepath.Join(r.folder, name)); err != nil {
		return err
	}
	return r.sbom(name, filepath.Join(r.folder, name))
}

// program is a program of the repository: the folder of its module, and its package there.
type program struct{ name, module, path string }

// compile compiles a program for a platform.
func (r *release) compile(ctx context.Context, system, arch string, p program, file string) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	const variables = "fargate-webhook/cmd/fargate-webhook/version"
	ldflags := fmt.Sprintf("-s -w -X %[1]s.version=%[2]s -X %[1]s.revision=%[3]s", variables, r.version, r.revision)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", file, p.path)
	cmd.Dir = filepath.Join(r.root, p.module)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s for %s/%s: %w\n%s", p.name, system, arch, err, out)
	}
	return nil
}

// sbom adds the SBOM of a binary, under the name of what the release has of it.
func (r *release) sbom(name, file string) error {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the build information of %s: %w", file, err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	document := newDocument(subject{
		name:    name,
		version: r.version,
		digest:  fmt.Sprintf("%x", sha256.Sum256(content)),
		created: r.created,
	}, info)
	encoded, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.folder, name+".spdx.json"), append(encoded, '\n'), 0o644) //nolint:gosec // published
}
