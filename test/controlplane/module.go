package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

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
