package main

import (
	"errors"
	"strings"
)

const policyHead = notice + `#
# The policy: what the webhook changes and refuses. Every field is optional and is shown with its default. docs/policy.md is the reference.
# To apply a change, run ` + "`kubectl apply --server-side -k`" + ` again: the Deployment rolls, and the new pods read the new file. If the file has an
# error, the new pods log it and don't start; the old pods keep serving.
apiVersion: fargate-webhook/v1alpha1
kind: Policy
`

// policyFile returns the policy file with the defaults and the comments that the chart's values
// have under policy.
func policyFile(values string) (string, error) {
	_, rest, found := strings.Cut(values, "\npolicy:\n")
	if !found {
		return "", errors.New("values.yaml has no policy")
	}
	var file strings.Builder
	file.WriteString(policyHead + "\n")
	for line := range strings.Lines(rest) {
		if line != "\n" && !strings.HasPrefix(line, "  ") {
			break
		}
		file.WriteString(strings.TrimPrefix(line, "  "))
	}
	return strings.TrimRight(file.String(), "\n") + "\n", nil
}
