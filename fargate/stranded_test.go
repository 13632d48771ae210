package fargate

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// waiting returns a Pending pod that no node was found for, of a controller of that kind, or of
// none.
func waiting(owner string) *corev1.Pod {
	pod := fixtures.Pod()
	pod.Namespace = fixtures.Namespace
	pod.Status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable},
	}}
	if owner != "" {
		pod.OwnerReferences = []metav1.OwnerReference{{Kind: owner, Name: "web", Controller: new(true)}}
	}
	return pod
}

// recreating recreates Pending pods.
func recreating(p *policy.Policy) { p.PendingPods = policy.PendingPodsRecreate }

// A pod whose labels would be withheld from its replacement is not stranded, and one in mode
// Observe is only if it matches as it stands; it is never evicted.
func TestStrandedAsAdmissionDecides(t *testing.T) {
	lacking := waiting("ReplicationController")
	lacking.Labels = map[string]string{"app": "web"}
	if s, ok := Stranded(lacking, false, nil, fixtureIndex(), policyWith(recreating)); !ok || !s.Evict {
		t.Errorf("without a guard: %+v, %v", s, ok)
	}
	withheld := lacking.DeepCopy()
	withheld.Spec.HostNetwork = true
	if s, ok := Stranded(withheld, false, nil, fixtureIndex(), policyWith(recreating)); ok {
		t.Errorf("its label would be withheld: %+v", s)
	}
	if s, ok := Stranded(lacking, false, nil, fixtureIndex(), policyWith(recreating, observing)); ok {
		t.Errorf("mode Observe adds no labels: %+v", s)
	}
	if s, ok := Stranded(waiting("ReplicationController"), false, nil, fixtureIndex(), policyWith(recreating, observing)); !ok || s.Evict {
		t.Errorf("mode Observe: %+v, %v, want it reported only", s, ok)
	}
}

// Each change alone shows that a pod isn't stranded.
func TestPodsThatAreNotStranded(t *testing.T) {
	for name, change := range map[string]func(*corev1.Pod){
		"running":                 func(p *corev1.Pod) { p.Status.Phase = corev1.PodRunning },
		"failed":                  func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed },
		"bound to a node":         func(p *corev1.Pod) { p.Spec.NodeName = "ip-10-0-0-1" },
		"bound to a Fargate node": func(p *corev1.Pod) { p.Spec.NodeName = "fargate-ip-10-0-0-1" },
		"scheduled":               func(p *corev1.Pod) { p.Status.Conditions[0].Status = corev1.ConditionTrue },
		"node nominated":          func(p *corev1.Pod) { p.Status.NominatedNodeName = "ip-10-0-0-1" },
		"being deleted":           func(p *corev1.Pod) { p.DeletionTimestamp = new(metav1.Now()) },
		"scheduling gate":         func(p *corev1.Pod) { p.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "example.com/quota"}} },
		"claimed": func(p *corev1.Pod) {
			p.Labels[placement.ProfileLabel], p.Spec.SchedulerName = fixtures.Profile, "fargate-scheduler"
		},
		"of a DaemonSet": func(p *corev1.Pod) { p.OwnerReferences[0].Kind = "DaemonSet" },
		"mirror pod":     func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"} },
		"opted out": func(p *corev1.Pod) {
			p.Annotations = map[string]string{placement.ComputeTypeKey: placement.ComputeTypeEC2}
		},
		"another value of the label": func(p *corev1.Pod) { p.Labels[fixtures.Label] = "elsewhere" },
		"namespace not selected":     func(p *corev1.Pod) { p.Namespace = "elsewhere" },
		"pinned to another profile": func(p *corev1.Pod) {
			p.Labels[placement.ProfileLabel] = "other"
		},
	} {
		t.Run(name, func(t *testing.T) {
			pod, p := waiting("ReplicaSet"), policyWith(recreating)
			if _, ok := Stranded(pod, false, nil, fixtureIndex(), p); !ok {
				t.Fatal("without the change it isn't stranded either")
			}
			change(pod)
			if s, ok := Stranded(pod, false, nil, fixtureIndex(), p); ok {
				t.Errorf("stranded: %+v", s)
			}
		})
	}
}

func TestStranded(t *testing.T) {
	const missing = "label missing" // begins the names of cases whose pod has no labels
	for name, c := range map[string]struct {
		pod      *corev1.Pod
		change   func(*policy.Policy)
		optedOut bool
		stranded bool
		labelled bool
		evict    bool
		refused  *rules.Rule
	}{
		"of a ReplicaSet":        {pod: waiting("ReplicaSet"), stranded: true, evict: true},
		"of a custom controller": {pod: waiting("CloneSet"), stranded: true, evict: true},
		"of a Job":               {pod: waiting("Job"), stranded: true},
		"no controller":          {pod: waiting(""), stranded: true},
		"policy Report":          {pod: waiting("ReplicaSet"), change: func(p *policy.Policy) { p.PendingPods = policy.PendingPodsReport }, stranded: true},
		"policy Off":             {pod: waiting("ReplicaSet"), change: func(p *policy.Policy) { p.PendingPods = policy.PendingPodsOff }},
		"policy Off in the namespace": {pod: waiting("ReplicaSet"), change: func(p *policy.Policy) {
			there := p.Settings
			there.PendingPods = policy.PendingPodsOff
			p.Namespaces = []policy.NamespaceSettings{{Match: profiles.NewPattern("fargate-*"), Settings: there}}
		}},
		missing:                           {pod: waiting("ReplicaSet"), stranded: true, labelled: true, evict: true},
		missing + ", labels Off":          {pod: waiting("ReplicaSet"), change: func(p *policy.Policy) { p.Labels = policy.LabelsOff }},
		"exempt":                          {pod: waiting("ReplicaSet"), change: exempting("*"), stranded: true},
		missing + ", exempt":              {pod: waiting("ReplicaSet"), change: exempting("*")},
		"namespace opted out":             {pod: waiting("ReplicaSet"), optedOut: true, stranded: true},
		missing + ", namespace opted out": {pod: waiting("ReplicaSet"), optedOut: true},
		"refused":                         {pod: onHost(), stranded: true, refused: rules.HostNamespaces},
		"refused, but exempt":             {pod: onHost(), change: exempting("*"), stranded: true},
		"refused, but the rule is off":    {pod: onHost(), change: ruled(rules.HostNamespaces, policy.Off), stranded: true, evict: true},
		"warned about":                    {pod: onHost(), change: ruled(rules.HostNamespaces, policy.Warn), stranded: true, evict: true},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(name, missing) {
				c.pod.Labels = nil
			}
			p := policyWith(recreating)
			if c.change != nil {
				c.change(p)
			}
			s, ok := Stranded(c.pod, c.optedOut, nil, fixtureIndex(), p)
			if ok != c.stranded || s.Evict != c.evict || (len(s.Placement.Labels) > 0) != c.labelled {
				t.Errorf("stranded: %v, want %v; %+v", ok, c.stranded, s)
			}
			if c.refused == nil {
				checkRules(t, s.Refused)
			} else {
				checkRules(t, s.Refused, c.refused)
			}
			if ok && s.Placement.Profile != fixtures.Profile || (s.Owner == nil) != (len(c.pod.OwnerReferences) == 0 || !ok) {
				t.Errorf("profile %q, owner %v", s.Placement.Profile, s.Owner)
			}
		})
	}
}

// onHost returns a waiting pod that Fargate can't run.
func onHost() *corev1.Pod {
	pod := waiting("ReplicaSet")
	pod.Spec.HostNetwork = true
	return pod
}
