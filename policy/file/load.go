// Package file reads a policy file, strictly, into a [policy.Policy].
package file

import (
	"fmt"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/policy"
)

// Load reads the policy file at path, of at most 1 MiB. The error of a file with mistakes has one
// line a mistake, the first 20 of them, as "file:line: field: what is wrong".
func Load(path string, known policy.Vocabulary) (policy.Policy, error) {
	data, err := yamlfile.Read(path)
	if err != nil {
		return policy.Policy{}, fmt.Errorf("read the policy: %w", err)
	}
	return Parse(path, data, known)
}
