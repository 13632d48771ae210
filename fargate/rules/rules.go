package rules

import (
	"maps"
	"slices"

	"fargate-webhook/policy"
)

// all are the rules about pods, in the order in which their findings are reported.
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
	PodIdentity,
	LocalhostProfile,
	HostUsers,
	HostIPAgent,
	PriorityClass,
	ScratchSpace,
	FinishedPods,
	StorageClassUnknown,
}

// OfPods returns the rules about pods, in the order in which their findings are reported. The caller
// must not change them.
func OfPods() []*Rule { return slices.Clone(all[:]) }

// CheckPod checks a pod, or a pod template, against all rules about pods in its state. mutating is
// true while admission may still change the pod: then only rules about that change are checked.
func CheckPod(p *Pod, mutating bool) []Violation {
	var found []Violation
	state := p.state()
	for _, r := range all {
		if Stopped(p.Done) {
			return found
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

// WhileMutating returns those violations that are found while admission may still change the pod.
func WhileMutating(violations []Violation) []Violation {
	var found []Violation
	for i := range violations {
		if violations[i].rule.Check.WhenMutating {
			found = append(found, violations[i])
		}
	}
	return found
}

// CheckObject checks an object against those of some rules that are about its type.
func CheckObject(of []*Rule, object any, s *policy.Settings) []Violation {
	var found []Violation
	for _, r := range of {
		if r.Check.Object != nil {
			found = append(found, r.check(s, func() []Violation { return r.Check.Object(object) })...)
		}
	}
	return found
}

// CheckOwn checks a Namespace, by its metadata, a Service or a DaemonSet against the rules about
// pods that are about what it says of them, too.
func CheckOwn(object any, s *policy.Settings) []Violation { return CheckObject(all[:], object, s) }

// MountedVolumeTypes returns the types of volume that Fargate mounts.
func MountedVolumeTypes() []string { return slices.Clone(mountedVolumeTypes) }

// GrantedCapabilities returns the capabilities that Fargate grants.
func GrantedCapabilities() []string { return slices.Clone(grantedCapabilities) }

// SafeSysctls returns the sysctls that a kubelet sets.
func SafeSysctls() []string { return slices.Clone(safeSysctls) }

// Keepers returns the kinds of controllers that keep their finished pods.
func Keepers() []string { return slices.Sorted(maps.Keys(keepers)) }
