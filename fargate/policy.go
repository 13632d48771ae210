package fargate

import (
	"slices"

	"fargate-webhook/profiles"
)

// Policy says what the judgement may change and refuse. It is never changed
// once it is in use.
type Policy struct {
	// Settings are those of the cluster, where no entry of Namespaces matches.
	Settings
	// Exempt names what nothing is changed or refused for.
	Exempt Exemptions
	// Namespaces hold for the namespaces they match instead of Settings, whole.
	// The first that matches wins.
	Namespaces []NamespaceSettings
}

// Settings are what may differ from namespace to namespace.
type Settings struct {
	Labels    LabelsPolicy
	Resources ResourcesPolicy
	// Minimum is what a container that requests nothing of a resource is taken
	// to request, zero for nothing. It may raise a pod's size.
	Minimum Amount
	// UnderQuota says whether requests may be raised where a ResourceQuota
	// counts them.
	UnderQuota QuotaPolicy
	// Workloads is what becomes of a finding that would deny a pod when it is
	// found in the template of a Deployment, Job and so on: their pods are
	// judged again when they are created.
	Workloads Action
	// DaemonSets is what becomes of a DaemonSet that rule daemonset is about.
	DaemonSets DaemonSetsPolicy
	// NodePortServices is what becomes of a Service that rule node-port is
	// about.
	NodePortServices NodePortServicesPolicy
	// PendingPods is what becomes of pods that hang Pending since no profile
	// selected them when they were created (F1.13).
	PendingPods PendingPodsPolicy
	// Rules holds the actions that differ from the rules' own.
	Rules map[RuleID]Action
	// AllowedVolumeTypes, AllowedVolumeDrivers and AllowedCapabilities are
	// taken besides those that Fargate is known to take (F4.19 to F4.21).
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

// QuotaPolicy says what a ResourceQuota on compute resources means.
type QuotaPolicy string

const (
	// QuotaHold raises no request or limit in a namespace that has one.
	QuotaHold QuotaPolicy = "Hold"
	// QuotaRaise raises them as elsewhere.
	QuotaRaise QuotaPolicy = "Raise"
)

// DaemonSetsPolicy says what becomes of DaemonSets whose pods a Fargate profile
// selects.
type DaemonSetsPolicy string

const (
	// DaemonSetsDeny refuses them.
	DaemonSetsDeny DaemonSetsPolicy = "Deny"
	// DaemonSetsSteer keeps them off Fargate nodes by a node affinity, which
	// they get when they are created.
	DaemonSetsSteer DaemonSetsPolicy = "Steer"
	// DaemonSetsWarn admits them with a warning.
	DaemonSetsWarn DaemonSetsPolicy = "Warn"
	// DaemonSetsOff says nothing.
	DaemonSetsOff DaemonSetsPolicy = "Off"
)

// NodePortServicesPolicy says what becomes of Services of type NodePort that
// select pods on Fargate.
type NodePortServicesPolicy string

const (
	// NodePortServicesDeny refuses them.
	NodePortServicesDeny NodePortServicesPolicy = "Deny"
	// NodePortServicesClusterIP makes them Services of type ClusterIP.
	NodePortServicesClusterIP NodePortServicesPolicy = "ClusterIP"
	// NodePortServicesWarn admits them with a warning.
	NodePortServicesWarn NodePortServicesPolicy = "Warn"
	// NodePortServicesOff says nothing.
	NodePortServicesOff NodePortServicesPolicy = "Off"
)

// PendingPodsPolicy says what becomes of pods that hang Pending and that a
// Fargate profile would take if they were created now.
type PendingPodsPolicy string

const (
	// PendingPodsReport tells of them, by an event and a metric.
	PendingPodsReport PendingPodsPolicy = "Report"
	// PendingPodsRecreate evicts those whose controller makes another, and
	// tells of the rest.
	PendingPodsRecreate PendingPodsPolicy = "Recreate"
	// PendingPodsOff says nothing.
	PendingPodsOff PendingPodsPolicy = "Off"
)

// DefaultPolicy injects labels, fits resources, warns at workloads and leaves
// the namespaces of Kubernetes itself alone (S34).
func DefaultPolicy() Policy {
	return Policy{
		Settings: Settings{
			Labels:     LabelsInject,
			Resources:  ResourcesFit,
			UnderQuota: QuotaHold,
			Workloads:  ActionWarn,

			DaemonSets:       DaemonSetsDeny,
			NodePortServices: NodePortServicesDeny,
			PendingPods:      PendingPodsReport,
		},
		Exempt: Exemptions{Namespaces: []profiles.Pattern{
			profiles.NewPattern("kube-system"), profiles.NewPattern("kube-public"), profiles.NewPattern("kube-node-lease"),
		}},
	}
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

// StrictestWorkloads is the strictest Workloads of all settings: what is to be
// expected of the judgement of workloads as a whole.
func (p *Policy) StrictestWorkloads() Action {
	strictest := p.Workloads
	for i := range p.Namespaces {
		switch action := p.Namespaces[i].Workloads; {
		case action == ActionDeny, action == ActionWarn && strictest != ActionDeny:
			strictest = action
		}
	}
	return strictest
}

// Steers reports whether DaemonSets are steered off Fargate nodes somewhere.
func (p *Policy) Steers() bool {
	return p.somewhere((*Settings).steers)
}

// RewritesNodePorts reports whether NodePort Services are made ClusterIP
// somewhere.
func (p *Policy) RewritesNodePorts() bool {
	return p.somewhere((*Settings).rewritesNodePorts)
}

// FollowsPendingPods reports whether pods that hang Pending matter somewhere.
func (p *Policy) FollowsPendingPods() bool {
	return p.somewhere(func(s *Settings) bool { return s.PendingPods != PendingPodsOff })
}

// steers reports whether DaemonSets are steered. What is said of the rule goes
// before.
func (s *Settings) steers() bool {
	_, ruled := s.Rules[RuleDaemonSet]
	return s.DaemonSets == DaemonSetsSteer && !ruled
}

// rewritesNodePorts reports whether NodePort Services are made ClusterIP.
func (s *Settings) rewritesNodePorts() bool {
	_, ruled := s.Rules[RuleNodePort]
	return s.NodePortServices == NodePortServicesClusterIP && !ruled
}

func (p *Policy) somewhere(is func(*Settings) bool) bool {
	return is(&p.Settings) || slices.ContainsFunc(p.Namespaces, func(n NamespaceSettings) bool { return is(&n.Settings) })
}

// exempts reports whether nothing may be changed or refused for a request.
func (p *Policy) exempts(request *Request) bool {
	return matchesAny(p.Exempt.Namespaces, request.Namespace) ||
		request.User != "" && matchesAny(p.Exempt.Usernames, request.User) ||
		slices.ContainsFunc(request.Groups, func(group string) bool { return matchesAny(p.Exempt.Groups, group) })
}

func matchesAny(patterns []profiles.Pattern, text string) bool {
	return slices.ContainsFunc(patterns, func(p profiles.Pattern) bool { return p.Match(text) })
}
