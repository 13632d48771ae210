package policy

import "slices"

// FailurePolicy says what the API server does with a request while the webhook doesn't answer.
type FailurePolicy string

const (
	// FailurePolicyFail refuses the request.
	FailurePolicyFail FailurePolicy = "Fail"
	// FailurePolicyIgnore admits it unchanged and unjudged.
	FailurePolicyIgnore FailurePolicy = "Ignore"
)

// Prefilter says whether the API server decides by itself, by a match condition, which new pods
// there is nothing to say about.
type Prefilter string

const (
	// PrefilterOn sends new pods to the validating webhook only if a rule may have a finding.
	PrefilterOn Prefilter = "On"
	// PrefilterOff sends all of them.
	PrefilterOff Prefilter = "Off"
)

const (
	// AllKinds stands for the kinds that a map by kind doesn't name.
	AllKinds = "default"
	// DefaultTimeout is how long the API server waits for an answer, in seconds.
	DefaultTimeout = 5
	// MaxTimeout is the longest that it accepts.
	MaxTimeout = 30
)

// Calls says how the API server calls the webhook. Keys are the resources of kinds, such as "pods",
// and AllKinds.
type Calls struct {
	FailurePolicies map[string]FailurePolicy
	// Timeouts are in seconds.
	Timeouts map[string]int32
	// Prefilter is asked by Prefilters.
	Prefilter Prefilter
}

// Prefilters reports whether new pods are filtered before they are sent to the validating webhook.
// Where the mode is Observe, in some namespace, they are not: its call reports what would change.
func (p *Policy) Prefilters() bool {
	return p.Calls.Prefilter == PrefilterOn && !p.anywhere(func(s *Settings) bool { return s.Mode == ModeObserve })
}

// ResourcesAnywhere returns the resources policies of all namespaces, each once.
func (p *Policy) ResourcesAnywhere() []Resources {
	list := []Resources{p.Resources}
	for i := range p.Namespaces {
		if r := p.Namespaces[i].Resources; !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	return list
}

// OffEverywhere reports whether no namespace has another action for something than Off.
func (p *Policy) OffEverywhere(action func(*Settings) Action) bool {
	return !p.anywhere(func(s *Settings) bool { return action(s) != Off })
}

// FailurePolicy returns the failure policy of a kind, otherwise if none is set. Where nothing is
// refused anywhere, an outage must block nothing either: it is Ignore.
func (p *Policy) FailurePolicy(resource string, otherwise FailurePolicy) FailurePolicy {
	if p.ObservesOnly() {
		return FailurePolicyIgnore
	}
	return byKind(p.Calls.FailurePolicies, resource, otherwise)
}

// Timeout returns how long the API server waits for an answer about a kind, in seconds.
func (p *Policy) Timeout(resource string) int32 {
	return byKind(p.Calls.Timeouts, resource, DefaultTimeout)
}

// ObservesOnly reports whether the mode is Observe in every namespace.
func (p *Policy) ObservesOnly() bool {
	return !p.anywhere(func(s *Settings) bool { return s.Mode != ModeObserve })
}

func byKind[T any](values map[string]T, resource string, otherwise T) T {
	if value, ok := values[resource]; ok {
		return value
	}
	if value, ok := values[AllKinds]; ok {
		return value
	}
	return otherwise
}
