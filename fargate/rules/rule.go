// Package rules holds what Fargate can't run in a pod, or silently ignores there: one rule a file,
// as data with one pure check. Package objects below it holds the rules about other objects, and
// package catalog all of them.
package rules

import "fargate-webhook/policy"

// Rule is one thing that Fargate can't run, or silently ignores. Its texts are what
// `fargate-webhook explain` prints and what docs/rules.md is generated from.
type Rule struct {
	ID policy.RuleID
	// Default is the action for its findings, unless the policy sets another.
	Default policy.Action
	// FargateOnly is the default where the cluster has no nodes but Fargate's, if it differs.
	FargateOnly policy.Action
	Severity    Severity
	// Title says in one line what is found, without a full stop.
	Title string
	// What says which fields are checked, and which values are allowed.
	What string
	// Why says what Fargate does otherwise.
	Why string
	// Fix says what to do about a finding. A violation may have a fix of its own.
	Fix string
	// References are documents and public issues.
	References []string
	// Facts are the numbers of the facts in docs/facts.md that the rule rests on.
	Facts []string
	Check Check
}

// Severity says how bad it is to ignore a finding.
type Severity string

const (
	// High means that the pods never run, or are never reached.
	High Severity = "High"
	// Medium means that they run, but not as the manifest says.
	Medium Severity = "Medium"
	// Low means that they run as the manifest says, at a higher price or risk.
	Low Severity = "Low"
)

// Check looks at what the rule is about: pods, other objects, or both.
type Check struct {
	// Pod is nil for a rule that isn't about pods.
	Pod func(*Pod) []Violation
	// Object is given objects of all types, and has nothing to say about most; nil for a rule about
	// pods only.
	Object func(object any) []Violation

	// States are the states of pods that a Pod check is about; empty is OnFargate.
	States PodState
	// WhenMutating is true for a Pod check about the labels that admission adds: it is made while
	// they are added, since they look like any others afterwards.
	WhenMutating bool
}

// About returns the check of a rule about objects of one type.
func About[T any](check func(*T) []Violation) Check {
	return Check{Object: func(object any) []Violation {
		typed, ok := object.(*T)
		if !ok {
			return nil
		}
		return check(typed)
	}}
}

// Action returns the action for findings of the rule under the settings.
func (r *Rule) Action(s *policy.Settings) policy.Action {
	if action, ok := s.Rules[r.ID]; ok {
		return action
	}
	if s.Nodes == policy.NodesFargateOnly && r.FargateOnly != "" {
		return r.FargateOnly
	}
	return r.Default
}

// check runs a check under the settings, and completes its violations.
func (r *Rule) check(s *policy.Settings, check func() []Violation) []Violation {
	action := r.Action(s)
	if action == policy.Off {
		return nil
	}
	violations := check()
	for i := range violations {
		v := &violations[i]
		v.rule, v.Action = r, action
		if v.WarnOnly {
			v.Action = policy.Warn
		}
		if v.Fix == "" {
			v.Fix = r.Fix
		}
		v.shorten()
	}
	return violations
}
