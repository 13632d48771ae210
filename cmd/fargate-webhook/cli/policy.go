package cli

import (
	"github.com/spf13/pflag"

	"fargate-webhook/fargate"
	"fargate-webhook/policy"
	policyfile "fargate-webhook/policy/file"
)

// AddConfigFlag adds --config, the path of the policy file.
func AddConfigFlag(set *pflag.FlagSet, path *string) {
	set.StringVar(path, "config", "", "path to the policy file; without it the default policy applies")
}

// LoadPolicy reads the policy file of --config, or returns the default policy if path is empty.
func LoadPolicy(path string) (policy.Policy, error) {
	if path == "" {
		return policy.Default(), nil
	}
	return policyfile.Load(path, fargate.Vocabulary())
}
