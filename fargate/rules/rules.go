package rules

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/policy"
)

// all are the rules, in the order in which their findings are reported.
var all = [...]*Rule{
	HostNamespaces,
	HostPort,
	Privileged,
	PrivilegeEscalation,
	AddedCapabilities,
	VolumeType,
	VolumeDevices,
	PersistentVolume,
	NodeSelection,
	PodSize,
	EphemeralStorage,
	ExtendedResource,
	UnsafeSysctl,
	ProfilePin,
	LabelsMissing,
	NotInjected,
	NoProfile,
	MisplacedOptOut,
	LabelAdopted,
	LabelJoins,
	LimitAboveSize,
	Resize,
	KubeletPort,
	TopologySpread,
	PodAffinity,
	RuntimeClass,
	PodLevelResources,
	ResourcesAnnotation,
	JobTTL,
	DaemonSets,
	DaemonSetToleration,
	NodePort,
	LoadBalancerTarget,
	IngressTarget,
	GatewayTarget,
}

// All returns all rules, in the order in which their findings are reported. The caller must not
// change them.
func All() []*Rule { return slices.Clone(all[:]) }

// ByID returns the rule with an id, nil if there is none.
func ByID(id policy.RuleID) *Rule {
	for _, r := range all {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// CheckPod checks a pod, or a pod template, against all rules about pods in its state. mutating is
// true while admission may still change the pod: then only rules about that change are checked.
func CheckPod(p *Pod, mutating bool) []Violation {
	var found []Violation
	state := p.state()
	for _, r := range all {
		select {
		case <-p.Done:
			return found
		default:
		}
		states := r.Check.States
		if states == 0 {
			states = OnFargate
		}
		if r.Check.Pod == nil || states&state == 0 || mutating && !r.Check.WhenMutating {
			continue
		}
		found = append(found, r.check(p.Settings, func() []Violation { return r.Check.Pod(p) })...)
	}
	return found
}

// CheckJob checks a Job or CronJob beyond its pods.
func CheckJob(j *Job, s *policy.Settings) []Violation {
	return check(s, j, func(c *Check) func(*Job) []Violation { return c.Job })
}

// CheckDaemonSet checks a DaemonSet.
func CheckDaemonSet(d *DaemonSet, s *policy.Settings) []Violation {
	return check(s, d, func(c *Check) func(*DaemonSet) []Violation { return c.DaemonSet })
}

// CheckService checks a Service.
func CheckService(service *Service, s *policy.Settings) []Violation {
	return check(s, service, func(c *Check) func(*Service) []Violation { return c.Service })
}

// CheckIngress checks an Ingress of the AWS Load Balancer Controller.
func CheckIngress(i *Ingress, s *policy.Settings) []Violation {
	return check(s, i, func(c *Check) func(*Ingress) []Violation { return c.Ingress })
}

// CheckTargetGroups checks a TargetGroupConfiguration.
func CheckTargetGroups(t *TargetGroups, s *policy.Settings) []Violation {
	return check(s, t, func(c *Check) func(*TargetGroups) []Violation { return c.TargetGroups })
}

// CheckNamespace checks a Namespace.
func CheckNamespace(meta *metav1.ObjectMeta, s *policy.Settings) []Violation {
	return check(s, meta, func(c *Check) func(*metav1.ObjectMeta) []Violation { return c.Namespace })
}

// check checks an object against all rules about its kind.
func check[T any](s *policy.Settings, object *T, of func(*Check) func(*T) []Violation) []Violation {
	var found []Violation
	for _, r := range all {
		if f := of(&r.Check); f != nil {
			found = append(found, r.check(s, func() []Violation { return f(object) })...)
		}
	}
	return found
}
