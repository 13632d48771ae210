// Package policy reads a policy file, strictly, into a [fargate.Policy].
package policy

import (
	"fmt"

	"fargate-webhook/fargate"
	"fargate-webhook/internal/yamlfile"
)

// Load reads the policy file at path, of at most 1 MiB. Its error tells all
// that is wrong (of very much, the first 20), one to a line as "file:line:
// field: what is wrong", and is of one line when the file can't be read.
func Load(path string) (fargate.Policy, error) {
	data, err := yamlfile.Read(path)
	if err != nil {
		return fargate.Policy{}, fmt.Errorf("read the policy: %w", err)
	}
	return Parse(path, data)
}
