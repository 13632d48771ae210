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
	"syscall"
	"time"
)

// kubeVersion is the Kubernetes version that the chart is rendered for. No template asks for it.
const kubeVersion = "1.34.0"

// Chart returns the folder of the chart in the repository whose root is given.
func Chart(root string) string { return filepath.Join(root, "deploy", "chart") }

// Helm is the tool, built, and the root of the repository.
type Helm struct{ path, root string }

// Find builds Helm, unless that is in the build cache already.
func Find(ctx context.Context, root string) (*Helm, error) {
	path, err := tool(ctx, root, "-n", "helm")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		// Running it is what builds it.
		if _, err := tool(ctx, root, "helm", "version"); err != nil {
			return nil, err
		}
		if path, err = tool(ctx, root, "-n", "helm"); err != nil {
			return nil, err
		}
	}
	return &Helm{path: path, root: root}, nil
}

// Root returns the root of the repository.
func (h *Helm) Root() string { return h.root }

// tool runs `go tool` with the module file of Helm, and returns what it prints.
func tool(ctx context.Context, root string, args ...string) (string, error) {
	return output(ctx, root, nil, "go", append([]string{"tool", "-modfile=tools/chart/go.mod"}, args...)...)
}

// Run runs Helm with arguments in the root of the repository, with environment variables besides
// those of this process, and returns what it prints to standard output. The error has what it
// prints to standard error.
func (h *Helm) Run(ctx context.Context, env []string, args ...string) (string, error) {
	return output(ctx, h.root, env, h.path, args...)
}

// output runs a program. A process that builds it at the same time may have it open still: then it is
// run again, for a minute at most.
func output(ctx context.Context, folder string, env []string, program string, args ...string) (string, error) {
	for deadline := time.Now().Add(time.Minute); ; {
		out, err := runOnce(ctx, folder, env, program, args...)
		if !errors.Is(err, syscall.ETXTBSY) || time.Now().After(deadline) {
			return out, err
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func runOnce(ctx context.Context, folder string, env []string, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), args[0], err, stderr.String())
	}
	return strings.TrimSpace(stdout.String()), nil
}

// Rendered is what the chart renders, by the name of the template. An entry is one object, with the
// template's comments.
type Rendered map[string][]string

// Render renders the chart for a namespace with values: arguments of Helm such as --set and
// --values.
func (h *Helm) Render(ctx context.Context, namespace string, values ...string) (Rendered, error) {
	if err := read(Chart(h.root)); err != nil {
		return nil, err
	}
	args := append([]string{"template", "fargate-webhook", Chart(h.root), "--namespace", namespace, "--kube-version", kubeVersion}, values...)
	out, err := h.Run(ctx, nil, args...)
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
	files := os.DirFS(folder)
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		_, err = fs.ReadFile(files, name)
		return err
	})
}
