package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/profiles"
)

// waiting is a pod of a controller of that kind, or of none, that waits for a node.
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

// recreating is the default policy, but that pods are recreated.
func recreating() Policy {
	policy := DefaultPolicy()
	policy.PendingPods = PendingPodsRecreate
	return policy
}

// TestNotStranded: pods that would be Fargate's if they were created now, but for one thing that shows that they don't hang.
func TestNotStranded(t *testing.T) {
	for name, change := range map[string]func(*corev1.Pod){
		"running":                 func(p *corev1.Pod) { p.Status.Phase = corev1.PodRunning },
		"failed":                  func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed },
		"bound":                   func(p *corev1.Pod) { p.Spec.NodeName = "ip-10-0-0-1" },
		"bound to a Fargate node": func(p *corev1.Pod) { p.Spec.NodeName = "fargate-ip-10-0-0-1" },
		"scheduled":               func(p *corev1.Pod) { p.Status.Conditions[0].Status = corev1.ConditionTrue },
		"a node is being cleared": func(p *corev1.Pod) { p.Status.NominatedNodeName = "ip-10-0-0-1" },
		"being deleted":           func(p *corev1.Pod) { p.DeletionTimestamp = new(metav1.Now()) },
		"held back":               func(p *corev1.Pod) { p.Spec.SchedulingGates = []corev1.PodSchedulingGate{{Name: "example.com/quota"}} },
		"claimed": func(p *corev1.Pod) {
			p.Labels[ProfileLabel], p.Spec.SchedulerName = fixtures.Profile, "fargate-scheduler"
		},
		"of a DaemonSet": func(p *corev1.Pod) { p.OwnerReferences[0].Kind = "DaemonSet" },
		"a mirror":       func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"} },
		"opted out":      func(p *corev1.Pod) { p.Annotations = map[string]string{computeTypeKey: computeTypeEC2} },
		"another label":  func(p *corev1.Pod) { p.Labels[fixtures.Label] = "elsewhere" },
		"elsewhere":      func(p *corev1.Pod) { p.Namespace = "elsewhere" },
		"another profile": func(p *corev1.Pod) {
			p.Labels[ProfileLabel] = "other"
		},
	} {
		t.Run(name, func(t *testing.T) {
			pod, policy := waiting("ReplicaSet"), recreating()
			if _, ok := Stranded(pod, false, nil, fixtureIndex(), &policy); !ok {
				t.Fatal("without the change it isn't stranded either")
			}
			change(pod)
			if s, ok := Stranded(pod, false, nil, fixtureIndex(), &policy); ok {
				t.Errorf("stranded: %+v", s)
			}
		})
	}
}

func TestStranded(t *testing.T) {
	const lacks = "lacks the label" // what a pod is called that has to be given it
	for name, c := range map[string]struct {
		pod      *corev1.Pod
		change   func(*Policy)
		optedOut bool
		stranded bool
		labelled bool
		evict    bool
		refused  RuleID
	}{
		"of a ReplicaSet":         {pod: waiting("ReplicaSet"), stranded: true, evict: true},
		"of a kind of somebody's": {pod: waiting("CloneSet"), stranded: true, evict: true},
		"of a Job":                {pod: waiting("Job"), stranded: true},
		"bare":                    {pod: waiting(""), stranded: true},
		"to be reported":          {pod: waiting("ReplicaSet"), change: func(p *Policy) { p.PendingPods = PendingPodsReport }, stranded: true},
		"to be left":              {pod: waiting("ReplicaSet"), change: func(p *Policy) { p.PendingPods = PendingPodsOff }},
		"to be left there": {pod: waiting("ReplicaSet"), change: func(p *Policy) {
			there := p.Settings
			there.PendingPods = PendingPodsOff
			p.Namespaces = []NamespaceSettings{{Match: profiles.NewPattern("fargate-*"), Settings: there}}
		}},
		lacks:                          {pod: waiting("ReplicaSet"), stranded: true, labelled: true, evict: true},
		lacks + ", nobody adds it":     {pod: waiting("ReplicaSet"), change: func(p *Policy) { p.Labels = LabelsOff }},
		"exempt":                       {pod: waiting("ReplicaSet"), change: exemptAll, stranded: true},
		lacks + ", exempt":             {pod: waiting("ReplicaSet"), change: exemptAll},
		"namespace opted out":          {pod: waiting("ReplicaSet"), optedOut: true, stranded: true},
		lacks + ", opted out":          {pod: waiting("ReplicaSet"), optedOut: true},
		"refused":                      {pod: onHost(), stranded: true, refused: RuleHostNamespaces},
		"refused, but exempt":          {pod: onHost(), change: exemptAll, stranded: true},
		"refused, but the rule is off": {pod: onHost(), change: func(p *Policy) { p.Rules = map[RuleID]Action{RuleHostNamespaces: ActionOff} }, stranded: true, evict: true},
		"warned about":                 {pod: onHost(), change: func(p *Policy) { p.Rules = map[RuleID]Action{RuleHostNamespaces: ActionWarn} }, stranded: true, evict: true},
	} {
		t.Run(name, func(t *testing.T) {
			if len(name) >= len(lacks) && name[:len(lacks)] == lacks {
				c.pod.Labels = nil
			}
			policy := recreating()
			if c.change != nil {
				c.change(&policy)
			}
			s, ok := Stranded(c.pod, c.optedOut, nil, fixtureIndex(), &policy)
			if ok != c.stranded || s.Evict != c.evict || (len(s.Placement.Labels) > 0) != c.labelled {
				t.Errorf("stranded %v: %+v", ok, s)
			}
			if c.refused == "" {
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

func exemptAll(p *Policy) { p.Exempt.Namespaces = []profiles.Pattern{profiles.NewPattern("*")} }

// onHost is a pod that Fargate can't run.
func onHost() *corev1.Pod {
	pod := waiting("ReplicaSet")
	pod.Spec.HostNetwork = true
	return pod
}

// TestFollowsPendingPods: one namespace is enough.
func TestFollowsPendingPods(t *testing.T) {
	policy := DefaultPolicy()
	if !policy.FollowsPendingPods() {
		t.Error("not by default")
	}
	policy.PendingPods = PendingPodsOff
	if policy.FollowsPendingPods() {
		t.Error("though it is off")
	}
	policy.Namespaces = []NamespaceSettings{{Match: profiles.NewPattern("a"), Settings: Settings{PendingPods: PendingPodsRecreate}}}
	if !policy.FollowsPendingPods() {
		t.Error("not for a single namespace")
	}
}
