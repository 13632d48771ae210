// Package why says in words why a pod isn't on Fargate, or why it hangs. It is a pure function of
// the pod, its events, the profiles, the policy and what a [cluster.Reader] says of other objects.
package why

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// Subject is a pod, and what is known about it.
type Subject struct {
	Now time.Time
	Pod *corev1.Pod
	// Workload is a workload that has no pods, such as deployment/web: Pod is one like those that it
	// creates. It is empty for a pod that is there. Idle is true if it wants none, and Earlier if it has
	// pods of earlier revisions.
	Workload      string
	Idle, Earlier bool
	// Exempt is true if the label of the namespace exempts it.
	Exempt bool
	// Cluster returns other objects, nil when nothing is known of them.
	Cluster cluster.Reader
	// Events are those about the pod, or about what creates the pods of the workload.
	Events   []corev1.Event
	Profiles []profiles.Profile
	Policy   *policy.Policy
}

// Answer is the output of why. Its JSON is stable.
type Answer struct {
	// Pod is empty for a workload that has none, or none of its newest revision, which is then in
	// Workload, as it was given.
	Pod       string `json:"pod"`
	Workload  string `json:"workload,omitempty"`
	Namespace string `json:"namespace"`
	// Fargate is true if the pod runs on Fargate, or EKS has claimed it for Fargate.
	Fargate bool `json:"fargate"`
	// Hangs is true if the pod waits, or the workload has none, and nothing will change that by itself.
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
	a := &Answer{Pod: s.Pod.Name, Workload: s.Workload, Namespace: s.Pod.Namespace, Events: eventsOf(s.Pod, s.Events), Steps: []string{}}
	a.Profiles = profilesOf(s, index)
	a.Labels, a.Annotations = labelsThatMatter(s.Pod, index), annotationsThatMatter(s.Pod)
	place, claimed := placement.Claimed(&s.Pod.ObjectMeta, &s.Pod.Spec)
	claimed = claimed && s.Workload == "" // a template may name profile and scheduler too
	decision := decide(s, index, claimed)
	a.Findings = decision.Findings
	switch {
	case s.Workload != "":
		a.podless(s, &decision)
	case claimed:
		a.claimed(s, place)
	default:
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

// denied reports a finding for which the webhook would refuse the pod.
func (a *Answer) denied() bool {
	return slices.ContainsFunc(a.Findings, func(f rules.Finding) bool { return f.Action == policy.Deny })
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
