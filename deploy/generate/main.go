// Command generate writes what comes from the Helm chart: the manifests in deploy/, and the chart's
// README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"fargate-webhook/deploy/helm"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, ".")
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run writes the files of the repository whose root is given.
func run(ctx context.Context, root string) error {
	files, err := generate(ctx, root)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// rendering is a set of values, and the templates that are written to a folder with it.
type rendering struct {
	values, folder string
	templates      []string
}

var renderings = [...]rendering{
	{"values.yaml", "manifests", []string{"serviceaccount", "rbac", "deployment", "service", "poddisruptionbudget"}},
	{"options.yaml", "optional", []string{"recreate-pods", "profiles-from-ack"}},
	{"options.yaml", "network", []string{"networkpolicy"}},
}

const notice = "# Rendered from deploy/chart by make manifests: change it there.\n"

// generate returns the content of each generated file, by its name below root.
func generate(ctx context.Context, root string) (map[string]string, error) {
	values, err := os.ReadFile(filepath.Join(helm.Chart(root), "values.yaml"))
	if err != nil {
		return nil, err
	}
	policy, err := policyFile(string(values))
	if err != nil {
		return nil, err
	}
	readme, err := readme(values)
	if err != nil {
		return nil, err
	}
	files := map[string]string{
		filepath.Join("deploy", "manifests", "policy.yaml"): policy,
		filepath.Join("deploy", "chart", "README.md"):       readme,
	}
	tool, err := helm.Find(ctx, root)
	if err != nil {
		return nil, err
	}
	for _, r := range renderings {
		rendered, err := tool.Render(ctx, "fargate-webhook", "--values", filepath.Join(root, "deploy", "generate", r.values))
		if err != nil {
			return nil, err
		}
		for _, template := range r.templates {
			objects := rendered[template+".yaml"]
			if len(objects) == 0 {
				return nil, fmt.Errorf("the template %s.yaml renders nothing with %s", template, r.values)
			}
			files[filepath.Join("deploy", r.folder, template+".yaml")] = notice + strings.Join(objects, "---\n")
		}
	}
	return files, nil
}
