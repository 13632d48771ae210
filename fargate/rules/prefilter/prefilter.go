// Package prefilter says in CEL, rule by rule, which new pods a rule may have a finding in, so that
// the API server sends no others to the validating webhook, and which it need not send to the mutating
// one again.
package prefilter

import (
	"fmt"
	"slices"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// Condition returns a CEL expression over a new pod that is true if a rule may have a finding in
// it under the policy, "" if every pod has to be sent.
//
// It is true for every pod that EKS has not claimed, unless taken is true for it, an expression for
// pods that a profile takes as they stand; "" for none. Of others it isn't known where they run. One
// that EKS has claimed (F2.5) is on Fargate, whatever the profiles are here.
func Condition(p *policy.Policy, taken string) string {
	if !p.Prefilters() {
		return ""
	}
	terms := may{}
	for _, rule := range rules.OfPods() {
		if states := rule.Check.States; states != 0 && states&rules.OnFargate == 0 || p.OffEverywhere(rule.Action) {
			continue
		}
		its, known := of[rule.ID]
		if !known {
			return ""
		}
		terms.add(its)
	}
	return terms.expression(taken)
}

// claimed is true for a pod that [placement.ClaimedNow] takes for one that EKS has just claimed.
var claimed = fmt.Sprintf(`has(object.spec.priorityClassName) && object.spec.priorityClassName == %q && has(object.spec.schedulerName) && object.spec.schedulerName == %q && `+
	`has(object.metadata.labels) && %[3]q in object.metadata.labels && object.metadata.labels[%[3]q] != "" && !has(object.spec.nodeName)`,
	placement.PriorityClass, placement.Scheduler, placement.ProfileLabel)

// may holds terms, which are CEL expressions, by what they are about: a rule may have a finding in a
// new pod that EKS has claimed if one of them is true. They may be true for more pods than the rule
// finds something in, never for fewer. A rule without terms never has a finding.
type may map[place][]string

// place is what a term is about.
type place int

const (
	// ofPod is object.
	ofPod place = iota
	// ofVolume is each volume v.
	ofVolume
	// ofAnnotations, ofSecurity and ofAffinity are about a pod that has such a field.
	ofAnnotations
	ofSecurity
	ofAffinity
	// ofContainer is each c of the containers and init containers, and ofContainerSecurity one that has
	// a security context.
	ofContainer
	ofContainerSecurity
	// ofResources is a container whose resources aren't the usual ones.
	ofResources
	// ofPort is each p of the ports of a container, ofEnv each e of its variables.
	ofPort
	ofEnv
	places
)

// An expression has to be evaluated within the API server's budget whatever the pod is, and must
// not fail: either would refuse the pod. So longer lists than these are sent without a look.
const (
	// mostContainers with the usual resources request less than the largest size has.
	mostContainers = 11
	mostEach       = 128
	mostEnv        = 256
)

// around is what the terms of a place are written into, and the place of that. Each is true only
// where one of the terms is, or where a list is too long to look. What isn't there isn't looked at:
// most pods lack most of it.
var around = [places]struct {
	within place
	format string
}{
	ofAnnotations:       {ofPod, `has(object.metadata.annotations) && (%s)`},
	ofSecurity:          {ofPod, `has(object.spec.securityContext) && size(object.spec.securityContext) > 0 && (%s)`},
	ofAffinity:          {ofPod, `has(object.spec.affinity) && (%s)`},
	ofVolume:            {ofPod, some("object.spec.volumes", "v", "%s", mostEach)},
	ofContainer:         {ofPod, someContainer},
	ofContainerSecurity: {ofContainer, `has(c.securityContext) && (%s)`},
	ofResources:         {ofContainer, "!(" + usualResources + ") && (%s)"},
	ofPort:              {ofContainer, some("c.ports", "p", "%s", mostEach)},
	ofEnv:               {ofContainer, some("c.env", "e", "%s", mostEnv)},
}

// add adds the terms of a rule, each once.
func (m may) add(its may) {
	for at, terms := range its {
		for _, term := range terms {
			if !slices.Contains(m[at], term) {
				m[at] = append(slices.Clip(m[at]), term)
			}
		}
	}
}

// someContainer is true for a pod of which a term is true for a container or init container c.
const someContainer = "(object.spec.containers.exists(c, %[1]s) || has(object.spec.initContainers) && object.spec.initContainers.exists(c, %[1]s))"

// countContainers is the number of containers and init containers of a pod.
const countContainers = "(has(object.spec.initContainers) ? size(object.spec.containers) + size(object.spec.initContainers) : size(object.spec.containers))"

// expression returns what is true if one of the terms is, and for every pod that is neither claimed
// nor taken. Volumes come first: claims are what pods are sent for most often, and then the rest isn't
// evaluated.
func (m may) expression(taken string) string {
	onFargate := claimed
	if taken != "" {
		onFargate = anyOf(claimed, taken)
	}
	var in [places][]string
	for at := range places {
		in[at] = slices.Clone(m[at])
	}
	for at := places - 1; at > ofPod; at-- {
		if len(in[at]) > 0 {
			to := around[at].within
			in[to] = append([]string{fmt.Sprintf(around[at].format, anyOf(in[at]...))}, in[to]...)
		}
	}
	return anyOf(append([]string{
		"!(" + onFargate + ")",
		// A list that must be there may be null. Ephemeral containers come later, by an update.
		"!has(object.spec.containers) || object.spec.containers == null || has(object.spec.ephemeralContainers)",
		fmt.Sprintf("%s > %d", countContainers, mostContainers),
	}, in[ofPod]...)...)
}
