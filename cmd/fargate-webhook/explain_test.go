package main

import (
	"strings"
	"testing"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

func TestExplain(t *testing.T) {
	for name, c := range map[string]struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		"all":            {nil, cli.ExitOK, "node-port", ""},
		"one":            {[]string{"node-port"}, cli.ExitOK, "node-port: a NodePort Service selects pods on Fargate\n\nWHAT\n", ""},
		"markdown":       {[]string{"-o", "markdown"}, cli.ExitOK, "\n## node-port\n", ""},
		"all notes":      {nil, cli.ExitOK, "\nNOTE ", ""},
		"a note":         {[]string{"efs-driver"}, cli.ExitOK, "efs-driver: nodes need the EFS driver, which Fargate has built in\n\nWHAT\n", ""},
		"note markdown":  {[]string{"efs-driver", "-o", "markdown"}, cli.ExitOK, "\n### efs-driver\n", ""},
		"unknown":        {[]string{"nodeport"}, cli.ExitUsage, "", `unknown rule "nodeport": must be one of `},
		"two":            {[]string{"node-port", "daemonset"}, cli.ExitUsage, "", "accepts at most 1 rule, received 2"},
		"unknown output": {[]string{"-o", "xml"}, cli.ExitUsage, "", `--output "xml": must be text or markdown`},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"explain"}, c.args...)...)
			got.wants(t, c.code, c.stderr)
			if !strings.Contains(got.stdout, c.stdout) {
				t.Errorf("want %q in:\n%s", c.stdout, got.stdout)
			}
		})
	}
}
