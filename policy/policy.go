// Package policy is what an operator decides: what admission may change, what it refuses, and
// where. A [Policy] is a value; package policy/file reads one from a file.
package policy

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/profiles"
)

// ExemptLabel exempts a namespace that has it with the value "true".
const ExemptLabel = "fargate-webhook/exempt"

// Policy is the policy of a cluster. It is never changed once it is in use.
type Policy struct {
	// Settings hold in every namespace that no entry of Namespaces matches.
	Settings
	// Calls says how the API server calls the webhook.
	Calls Calls
	// Exempt lists what admission neither changes nor refuses.
	Exempt Exemptions
	// PodTemplates say where objects of further kinds hold pod templates, as "group/kind=path". Only
	// a review asks.
	PodTemplates []string
	// Namespaces replace Settings, as a whole, in the namespaces that they match. The first match
	// wins.
	Namespaces []NamespaceSettings
}

// Settings can differ by namespace.
type Settings struct {
	Mode   Mode
	Nodes  Nodes
	Labels Labels
	// ProtectedLabels are keys, with wildcards, of labels by which others identify pods. They are
	// never added.
	ProtectedLabels []profiles.Pattern
	LabelJoins      LabelJoins
	Resources       Resources
	// Minimum is the CPU and memory assumed for a container that requests none; empty for nothing.
	// It may raise the size of a pod.
	Minimum corev1.ResourceList
	// UnderQuota says whether requests are raised where a ResourceQuota counts them.
	UnderQuota Quota
	// Workloads is the action for a finding that denies a pod when it is made in the pod template
	// of a Deployment, Job and so on. Their pods are judged again when they are created.
	Workloads Action
	// SteerDaemonSets adds a node affinity to DaemonSets that rule daemonset would refuse.
	SteerDaemonSets bool
	// RewriteNodePorts changes Services that rule node-port would refuse to type ClusterIP.
	RewriteNodePorts bool
	// PendingPods says what happens to pods that stay Pending because no profile selected them when
	// they were created (F1.13).
	PendingPods PendingPods
	// Rules holds the actions that differ from the rules' defaults.
	Rules map[RuleID]Action
	// IgnoreAnnotations says where annotations of objects may switch off a rule for them.
	IgnoreAnnotations IgnoreAnnotations
	// AllowedVolumeTypes, AllowedVolumeDrivers and AllowedCapabilities extend the lists of what
	// Fargate is known to support (F4.19 to F4.21).
	AllowedVolumeTypes, AllowedVolumeDrivers, AllowedCapabilities []string
}

// NamespaceSettings are the settings of the namespaces that Match matches.
type NamespaceSettings struct {
	Match profiles.Pattern
	Settings
}

// Exemptions are patterns, with the wildcards of Fargate profiles.
type Exemptions struct {
	Namespaces, Usernames, Groups []profiles.Pattern
}

// Default injects labels, fits resources, warns about workloads and exempts the namespaces of
// Kubernetes itself (S34).
func Default() Policy {
	return Policy{
		Settings: Settings{
			Mode:            ModeEnforce,
			Nodes:           NodesMixed,
			Labels:          LabelsInject,
			ProtectedLabels: identifying,
			LabelJoins:      LabelJoinsWithhold,

			Resources:   ResourcesFit,
			UnderQuota:  QuotaHold,
			Workloads:   Warn,
			PendingPods: PendingPodsReport,

			IgnoreAnnotations: IgnoreReview,
		},
		Calls:  Calls{Prefilter: PrefilterOn},
		Exempt: Exemptions{Namespaces: patterns("kube-system", "kube-public", "kube-node-lease")},
	}
}

// identifying are the keys of labels that usually identify pods: those of Kubernetes' and Helm's
// conventions, and those of controllers (S24, S38).
var identifying = patterns(
	"app", "name", "k8s-app", "component", "tier", "role", "version", "release",
	"app.kubernetes.io/*", "helm.sh/*", "eks.amazonaws.com/component",
	"pod-template-hash", "controller-revision-hash", "pod-template-generation", "controller-uid", "job-name",
	"batch.kubernetes.io/*", "statefulset.kubernetes.io/*", "apps.kubernetes.io/*", "job-index",
)

func patterns(texts ...string) []profiles.Pattern {
	list := make([]profiles.Pattern, len(texts))
	for i, text := range texts {
		list[i] = profiles.NewPattern(text)
	}
	return list
}

// For returns the settings of a namespace. The caller must not change them.
func (p *Policy) For(namespace string) *Settings {
	for i := range p.Namespaces {
		if p.Namespaces[i].Match.Match(namespace) {
			return &p.Namespaces[i].Settings
		}
	}
	return &p.Settings
}

// Exempts reports whether requests by a user of these groups in a namespace are neither changed nor
// refused. User is empty when it isn't known.
func (p *Policy) Exempts(namespace, user string, groups []string) bool {
	return matchesAny(p.Exempt.Namespaces, namespace) ||
		user != "" && matchesAny(p.Exempt.Usernames, user) ||
		slices.ContainsFunc(groups, func(group string) bool { return matchesAny(p.Exempt.Groups, group) })
}

func matchesAny(patterns []profiles.Pattern, text string) bool {
	return slices.ContainsFunc(patterns, func(p profiles.Pattern) bool { return p.Match(text) })
}

// StrictestWorkloads returns the strictest Workloads of all settings.
func (p *Policy) StrictestWorkloads() Action {
	strictest := p.Workloads
	for i := range p.Namespaces {
		switch action := p.Namespaces[i].Workloads; {
		case action == Deny, action == Warn && strictest != Deny:
			strictest = action
		}
	}
	return strictest
}

// SteersDaemonSets reports whether DaemonSets are steered off Fargate nodes in some namespace.
func (p *Policy) SteersDaemonSets() bool {
	return p.anywhere(func(s *Settings) bool { return s.SteerDaemonSets })
}

// RewritesNodePorts reports whether NodePort Services become ClusterIP in some namespace.
func (p *Policy) RewritesNodePorts() bool {
	return p.anywhere(func(s *Settings) bool { return s.RewriteNodePorts })
}

// WatchesPendingPods reports whether Pending pods are reported or recreated in some namespace.
func (p *Policy) WatchesPendingPods() bool {
	return p.anywhere(func(s *Settings) bool { return s.PendingPods != PendingPodsOff })
}

func (p *Policy) anywhere(holds func(*Settings) bool) bool {
	return holds(&p.Settings) || slices.ContainsFunc(p.Namespaces, func(n NamespaceSettings) bool { return holds(&n.Settings) })
}
