package main

import (
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	for name, c := range map[string]struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		"all":            {nil, exitOK, "node-port", ""},
		"one":            {[]string{"node-port"}, exitOK, "node-port: a NodePort Service selects pods on Fargate\n\nWHAT\n", ""},
		"markdown":       {[]string{"-o", "markdown"}, exitOK, "\n## node-port\n", ""},
		"unknown":        {[]string{"nodeport"}, exitUsage, "", `there is no rule "nodeport": the rules are `},
		"two":            {[]string{"node-port", "daemonset"}, exitUsage, "", "explain takes one rule, not 2"},
		"unknown output": {[]string{"-o", "xml"}, exitUsage, "", `-o "xml": the output is text or markdown`},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"explain"}, c.args...)...)
			got.wants(t, c.code, c.stderr)
			if !strings.Contains(got.stdout, c.stdout) {
				t.Errorf("%q is not in\n%s", c.stdout, got.stdout)
			}
		})
	}
}
