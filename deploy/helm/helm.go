// Package helm runs Helm on the chart. Helm is a tool of the repository, pinned in
// tools/chart/go.mod, and not linked into any program of it.
package helm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// kubeVersion is the Kubernetes version that the chart is rendered for. No template asks for it.
const kubeVersion = "1.34.0"

// Chart returns the folder of the chart in the repository whose root is given.
func Chart(root string) string { return filepath.Join(root, "deploy", "chart") }

// Run runs Helm with arguments in the root of the repository, with environment variables besides
// those of this process, and returns what it prints to standard output. The error has what it
// prints to standard error.
func Run(ctx context.Context, root string, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"tool", "-modfile=tools/chart/go.mod", "helm"}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("helm %s: %w\n%s", args[0], err, stderr.String())
	}
	return stdout.String(), nil
}

// Rendered is what the chart renders, by the name of the template. An entry is one object, with the
// template's comments.
type Rendered map[string][]string

// Render renders the chart for a namespace with values: arguments of Helm such as --set and
// --values.
func Render(ctx context.Context, root, namespace string, values ...string) (Rendered, error) {
	if err := read(Chart(root)); err != nil {
		return nil, err
	}
	args := append([]string{"template", "fargate-webhook", Chart(root), "--namespace", namespace, "--kube-version", kubeVersion}, values...)
	out, err := Run(ctx, root, nil, args...)
	if err != nil {
		return nil, err
	}
	rendered := Rendered{}
	for document := range strings.SplitSeq("\n"+out, "\n---\n") {
		document = strings.TrimSpace(document)
		if document == "" {
			continue
		}
		source, content, _ := strings.Cut(document, "\n")
		name, found := strings.CutPrefix(source, "# Source: fargate-webhook/templates/")
		if !found {
			return nil, errors.New("helm template prints an object without its source: " + source)
		}
		rendered[name] = append(rendered[name], content+"\n")
	}
	return rendered, nil
}

// read reads all files of a folder, so that `go test` knows that a test depends on them: it caches
// results, and doesn't know what programs that a test runs read.
func read(folder string) error {
	return filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		_, err = os.ReadFile(name)
		return err
	})
}
