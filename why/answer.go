// Package why says in words why a pod isn't on Fargate, or why it hangs. It is a pure function of
// the pod, its events, the profiles, the policy and what a [cluster.Reader] says of other objects.
package why

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/text"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// patience is how long a pod that EKS has claimed may wait for its node: one to two minutes are
// usual (F8.9).
const patience = 5 * time.Minute

// Subject is a pod, and what is known about it.
type Subject struct {
	Now time.Time
	Pod *corev1.Pod
	// Exempt is true if the label of the namespace exempts it.
	Exempt bool
	// Cluster returns other objects, nil when nothing is known of them.
	Cluster cluster.Reader
	// Events are those about the pod.
	Events   []corev1.Event
	Profiles []profiles.Profile
	Policy   *policy.Policy
}

// Answer is the output of why. Its JSON is stable.
type Answer struct {
	Pod       string `json:"pod"`
	Namespace string `json:"namespace"`
	// Fargate is true if the pod runs on Fargate, or EKS has claimed it for Fargate.
	Fargate bool `json:"fargate"`
	// Hangs is true if the pod waits, and nothing will change that by itself.
	Hangs bool `json:"hangs"`
	// Profile is the Fargate profile that has claimed the pod, or would claim it if it were created
	// now; empty for none.
	Profile string `json:"profile,omitempty"`
	// Summary is the answer in one sentence.
	Summary string `json:"summary"`
	// Labels and Annotations are those that matter.
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	// Profiles says of each profile whether the pod matches it as it stands.
	Profiles []Profile `json:"profiles"`
	// Findings are those of the rules about the pod as it stands.
	Findings []rules.Finding `json:"findings"`
	Events   []Event         `json:"events"`
	// Steps are what to do, in order.
	Steps []string `json:"steps"`
}

// Expected reports whether the pod runs on Fargate, or will.
func (a *Answer) Expected() bool { return a.Fargate && !a.Hangs }

// New returns the Answer about a pod.
func New(s *Subject) *Answer {
	index := profiles.NewIndex(s.Profiles)
	a := &Answer{Pod: s.Pod.Name, Namespace: s.Pod.Namespace, Events: eventsOf(s.Pod, s.Events), Steps: []string{}}
	a.Profiles = profilesOf(s, index)
	a.Labels, a.Annotations = labelsThatMatter(s.Pod, index), annotationsThatMatter(s.Pod)
	place, claimed := placement.Claimed(&s.Pod.ObjectMeta, &s.Pod.Spec)
	decision := decide(s, index, claimed)
	a.Findings = decision.Findings
	if claimed {
		a.claimed(s, place)
	} else {
		a.unclaimed(s, &decision)
	}
	if a.Events == nil {
		a.Events = []Event{}
	}
	if a.Findings == nil {
		a.Findings = []rules.Finding{}
	}
	return a
}

// decide judges a pod that EKS has claimed as it stands, and others as if they were created now.
func decide(s *Subject, index *profiles.Index, claimed bool) fargate.Decision {
	request := fargate.Request{Operation: fargate.OperationCreate, Namespace: s.Pod.Namespace, Exempt: s.Exempt, Cluster: s.Cluster}
	if claimed {
		request.Phase = fargate.Validating
	}
	return fargate.Decide(unbound(s.Pod), request, index, s.Policy)
}

// unbound returns a pod as it was before it got its node.
func unbound(pod *corev1.Pod) *corev1.Pod {
	pod = pod.DeepCopy()
	pod.Spec.NodeName = ""
	return pod
}

// claimed answers for a pod that EKS has claimed.
func (a *Answer) claimed(s *Subject, place placement.Placement) {
	a.Fargate, a.Profile = true, place.Profile
	name := fmt.Sprintf("pod/%s", a.Pod)
	if node := s.Pod.Spec.NodeName; node != "" {
		if container, reason := stuck(s.Pod); container != "" {
			a.Hangs = true
			a.Summary = fmt.Sprintf("%s is on Fargate node %s, but its container %q doesn't start: %s.", name, node, container, reason)
			a.steps(fmt.Sprintf("read what the container says: kubectl logs %s -n %s -c %s", a.Pod, a.Namespace, container))
			return
		}
		a.Summary = fmt.Sprintf("%s runs on Fargate node %s (profile %q).", name, node, a.Profile)
		return
	}
	waits := s.Now.Sub(s.Pod.CreationTimestamp.Time).Round(time.Second)
	switch refused := a.refusal(); {
	case refused != nil:
		a.Hangs = true
		a.Summary = fmt.Sprintf("%s hangs: EKS has claimed it for profile %q, but Fargate doesn't run it.", name, a.Profile)
		a.steps(deletion(s.Pod))
	case !slices.ContainsFunc(s.Profiles, func(p profiles.Profile) bool { return p.Name == a.Profile && p.Status == profiles.StatusActive }):
		a.Hangs = true
		a.Summary = fmt.Sprintf("%s hangs: EKS has claimed it for profile %q, which isn't ACTIVE any more.", name, a.Profile)
		a.steps(deletion(s.Pod))
	case waits > patience:
		a.Hangs = true
		a.Summary = fmt.Sprintf("%s hangs: EKS claimed it for profile %q %s ago, and it has no node yet.", name, a.Profile, waits)
		a.steps(deletion(s.Pod), "if the next one hangs too: check the profile's subnets for free IP addresses, and the account's quota of Fargate vCPUs")
	case a.denied():
		a.Summary = fmt.Sprintf("%s waits: EKS claimed it for profile %q %s ago, and makes nodes in one to two minutes, but the findings name what Fargate doesn't run.", name, a.Profile, waits)
		a.steps(deletion(s.Pod))
	default:
		a.Summary = fmt.Sprintf("%s will run on Fargate: EKS claimed it for profile %q %s ago, and makes its node, which takes one to two minutes.", name, a.Profile, waits)
	}
}

// refusal returns the event by which fargate-scheduler refuses a pod, nil for none.
func (a *Answer) refusal() *Event {
	for i := range a.Events {
		e := &a.Events[i]
		if len(e.Means) > 0 && e.Means[0].Fix != "" && (e.From == placement.Scheduler || e.From == "condition PodScheduled") {
			return e
		}
	}
	return nil
}

// denied reports a finding for which the webhook would refuse the pod.
func (a *Answer) denied() bool {
	return slices.ContainsFunc(a.Findings, func(f rules.Finding) bool { return f.Action == policy.Deny })
}

// stuck returns a container that doesn't start, and why; "" for none.
func stuck(pod *corev1.Pod) (container, reason string) {
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if w := c.State.Waiting; w != nil && !slices.Contains([]string{"", "ContainerCreating", "PodInitializing"}, w.Reason) {
			return c.Name, w.Reason
		}
	}
	return "", ""
}

// unclaimed answers for a pod that EKS has not claimed. asNew is the decision on one like it that is
// created now.
func (a *Answer) unclaimed(s *Subject, asNew *fargate.Decision) {
	where := "hangs: EKS has not claimed it for Fargate"
	switch {
	case s.Pod.Spec.NodeName != "":
		where = fmt.Sprintf("runs on node %s and not on Fargate", s.Pod.Spec.NodeName)
	case s.Pod.Status.Phase != corev1.PodPending && s.Pod.Status.Phase != "":
		where = "is not on Fargate"
	case len(s.Pod.Spec.SchedulingGates) > 0:
		a.Hangs = true
		where = fmt.Sprintf("waits for its scheduling gate %q, and EKS has not claimed it for Fargate", s.Pod.Spec.SchedulingGates[0].Name)
	default:
		a.Hangs = true
	}
	place := asNew.Placement
	reason := place.Reason
	if place.Fargate {
		a.Profile = place.Profile
		reason = fmt.Sprintf("a pod like it that is created now runs there (profile %q), but EKS looks at a pod only when it is created", place.Profile)
		a.stranded(s, asNew)
	} else {
		a.unmatched(s.Pod, &place)
	}
	a.Summary = fmt.Sprintf("pod/%s %s: %s.", a.Pod, where, reason)
}

// stranded says what to do about a pod that a profile would take if it were created now.
func (a *Answer) stranded(s *Subject, asNew *fargate.Decision) {
	if a.denied() {
		a.steps("fix what the findings name first: the webhook would refuse the new pod")
	}
	labels := asNew.Placement.Labels
	if s.Exempt || len(labels) == 0 {
		a.steps(deletion(s.Pod))
	} else {
		a.steps(deletion(s.Pod) + "; the webhook adds " + text.Pairs(labels))
	}
	a.steps("if the next pod isn't claimed either: fargate-webhook doctor")
}

// unmatched says what to do about a pod that no profile would take now.
func (a *Answer) unmatched(pod *corev1.Pod, place *placement.Placement) {
	switch {
	case placement.OptedOut(&pod.ObjectMeta):
		a.steps(fmt.Sprintf("to run it on Fargate, remove the annotation %s from the pod template, then %s", placement.OptOut, deletion(pod)))
	case place.Withheld != nil:
		a.steps(fmt.Sprintf("to run it on Fargate, %s", cmp.Or(place.Withheld.Fix, "add "+text.Pairs(place.Withheld.Labels)+" to the pod template")))
	case place.Pinned != "":
		a.steps(fmt.Sprintf("remove the label %s from the pod template, or name a profile that selects the pod", placement.ProfileLabel))
	case place.KeptOff:
	default:
		a.steps("to run it on Fargate, add the labels that a profile above asks for to the pod template, or create a profile that selects the pod")
	}
	if a.Hangs && !place.KeptOff {
		a.steps("to run it elsewhere, the cluster needs other nodes that the pod fits on")
	}
}

// deletion says how to have a pod created again.
func deletion(pod *corev1.Pod) string {
	switch owner := metav1.GetControllerOf(pod); {
	case owner == nil:
		return fmt.Sprintf("delete pod %s and create it again", pod.Name)
	case owner.Kind == "ReplicaSet":
		return fmt.Sprintf("delete pod %s, or run kubectl rollout restart for its Deployment: %s %s creates a new one", pod.Name, owner.Kind, owner.Name)
	default:
		return fmt.Sprintf("delete pod %s: %s %s creates a new one", pod.Name, owner.Kind, owner.Name)
	}
}

// steps appends what to do. What events and findings say comes first.
func (a *Answer) steps(texts ...string) {
	if len(a.Steps) == 0 {
		for i := range a.Events {
			for _, m := range a.Events[i].Means {
				a.step(m.Fix)
			}
		}
		for i := range a.Findings {
			if a.Findings[i].Action == policy.Deny && (a.Fargate || a.Profile != "") && a.refusal() == nil {
				a.step(a.Findings[i].Remedy)
			}
		}
	}
	for _, text := range texts {
		a.step(text)
	}
}

func (a *Answer) step(text string) {
	if text != "" && !slices.Contains(a.Steps, text) {
		a.Steps = append(a.Steps, text)
	}
}
