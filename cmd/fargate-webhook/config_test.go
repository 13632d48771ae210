package main

import (
	"path/filepath"
	"strings"
	"testing"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

const policyHead = "apiVersion: fargate-webhook/v1alpha1\nkind: Policy\n"

// An invalid policy file is a usage error. All its errors are printed before anything else is done.
func TestInvalidPolicyFile(t *testing.T) {
	broken := write(t, "policy.yaml", policyHead+"resources: off\nlabel: Off\n")
	empty := write(t, "empty.yaml", "# nothing yet\n")
	folder := t.TempDir()
	for name, c := range map[string]struct {
		path string
		want []string
	}{
		"missing":  {filepath.Join(folder, "missing.yaml"), []string{"read the policy: open " + filepath.Join(folder, "missing.yaml")}},
		"folder":   {folder, []string{"read the policy: read " + folder}},
		"empty":    {empty, []string{empty + ": is empty: want apiVersion: fargate-webhook/v1alpha1 and kind: Policy"}},
		"broken":   {broken, []string{"fargate-webhook: " + broken + `:3: resources: is "off": want Fit, Guaranteed, Limits or Off` + "\n" + broken + ":4: label: unknown field: a policy may only have "}},
		"profiles": {exampleProfiles, []string{exampleProfiles + `:`, `: kind: is "ClusterConfig": want Policy`}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, args := range [][]string{
				// The missing kubeconfig would be the next error.
				{"serve", "--profiles", exampleProfiles, "--kubeconfig", filepath.Join(folder, "kubeconfig")},
				{"review", "--profiles", exampleProfiles, "-f", exampleService},
			} {
				got := program(t, "", append(args, "--config", c.path)...)
				for _, want := range c.want {
					got.wants(t, cli.ExitUsage, want)
				}
				if got.stdout != "" || strings.Contains(got.stderr, "kubeconfig") {
					t.Errorf("%s: output %q, standard error %q", args[0], got.stdout, got.stderr)
				}
			}
		})
	}
}

// The policy file changes what a review denies, in the namespaces that the file names.
func TestReviewFollowsPolicyFile(t *testing.T) {
	const service = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: apps}\nspec: {type: NodePort, selector: {run: on-fargate}}\n"
	for text, code := range map[string]int{
		"":                           cli.ExitFailed,
		"rules: {node-port: Warn}\n": cli.ExitOK,
		"namespaces: [{match: ap*, rules: {node-port: Off}}]\n":    cli.ExitOK,
		"namespaces: [{match: web, rules: {node-port: Off}}]\n":    cli.ExitFailed,
		"exempt: {namespaces: [apps]}\n":                           cli.ExitOK,
		"namespaces: [{match: apps}, {match: ap*, labels: Off}]\n": cli.ExitFailed,
	} {
		got := program(t, service, "review", "-f", "-", "--profiles", exampleProfiles, "--config", write(t, "policy.yaml", policyHead+text))
		if got.code != code || got.stderr != "" {
			t.Errorf("%q: exit code %d, want %d; standard error %q", text, got.code, code, got.stderr)
		}
	}
}
