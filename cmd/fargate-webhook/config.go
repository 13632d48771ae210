package main

import (
	"github.com/spf13/pflag"

	"fargate-webhook/fargate"
	"fargate-webhook/policy"
)

// configFlag adds --config to the flags of a command that judges.
func configFlag(set *pflag.FlagSet, path *string) {
	set.StringVar(path, "config", "", "decide by the policy in this file (default: a policy that adds labels, fits resources and refuses what the rules refuse)")
}

// loadPolicy reads the file of --config; without one it is the default policy.
func loadPolicy(path string) (fargate.Policy, error) {
	if path == "" {
		return fargate.DefaultPolicy(), nil
	}
	return policy.Load(path)
}

// policyName says which policy that is, for the log.
func policyName(path string) string {
	if path == "" {
		return "default"
	}
	return path
}
