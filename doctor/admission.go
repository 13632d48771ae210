package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/internal/text"
	"fargate-webhook/policy"
)

// Trial is a pod whose creation is tried by a dry run: one that a profile selects once the webhook
// has added labels, if there is a namespace for that.
type Trial struct {
	Pod *corev1.Pod
	// Profile is the Fargate profile that should take it.
	Profile string
	// Adds are the labels that the webhook should add; empty where no profile needs labels, or the
	// policy doesn't let them be added.
	Adds map[string]string
}

// NewTrial returns the Trial of a cluster of which profiles, policy and namespaces are known. name
// is that of the pod, which must not exist. It returns nil where no profile selects pods of a
// namespace that is there and isn't exempt.
func NewTrial(s *State, name string) *Trial {
	index := s.Index()
	var second *Trial
	for _, namespace := range s.namespaceNames() {
		if s.exempt(namespace) {
			continue
		}
		switch match := fargate.MatchPod(namespace, nil, index, s.Policy); {
		case match.Placement.Fargate && match.Placement.AddsSelectorLabels():
			return &Trial{Pod: trialPod(namespace, name, nil), Profile: match.Placement.Profile, Adds: match.Placement.Labels}
		case second != nil:
		case match.Placement.Fargate:
			second = &Trial{Pod: trialPod(namespace, name, nil), Profile: match.Placement.Profile}
		case len(match.Missing) > 0:
			labelled := fargate.MatchPod(namespace, match.Missing, index, s.Policy).Placement
			if labelled.Fargate {
				second = &Trial{Pod: trialPod(namespace, name, match.Missing), Profile: labelled.Profile}
			}
		}
	}
	return second
}

// namespaceNames returns the namespaces that are there, or, where they can't be read, those that
// profiles name.
func (s *State) namespaceNames() []string {
	if _, failed := unread(s.Namespaces); failed {
		exact, _ := s.Index().Namespaces()
		return exact
	}
	var names []string
	for i := range s.Namespaces.Value {
		if n := &s.Namespaces.Value[i]; n.Status.Phase != corev1.NamespaceTerminating {
			names = append(names, n.Name)
		}
	}
	slices.Sort(names)
	return names
}

// trialPod returns a pod that the restricted Pod Security Standard and quotas let pass.
func trialPod(namespace, name string, labels map[string]string) *corev1.Pod {
	small := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("16Mi")}
	return &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels},
		Spec: corev1.PodSpec{
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot: new(true), RunAsUser: new(int64(65532)), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{
				Name: "pause", Image: "registry.k8s.io/pause:3.10",
				Resources: corev1.ResourceRequirements{Requests: small, Limits: small},
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: new(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
			}},
		},
	}
}

var admissionCheck = Check{
	ID: "admission", Title: "the proof: a pod gets its labels, and EKS claims it",
	What: "A dry run of a pod without labels in a namespace that a profile selects. It must come back with the labels of the profile, which the webhook adds, and with " +
		"the scheduler fargate-scheduler and the label eks.amazonaws.com/fargate-profile, which EKS's webhook adds after it. Nothing is stored. Whether EKS's webhook " +
		"allows dry runs isn't published: where the API server says that it doesn't, only the checks order and registration speak for it.",
	Facts: []string{"F2.5", "F2.7"}, check: checkAdmission,
}

func checkAdmission(s *State) []Result {
	if s.Trial == nil {
		return skip("no profile selects pods of a namespace that is there and isn't exempt")
	}
	if r, failed := unread(s.Answer); failed {
		return one(r)
	}
	where := "a dry run of a pod in namespace " + s.Trial.Pod.Namespace
	answer := s.Answer.Value
	switch {
	case strings.Contains(answer.Refused, "does not support dry run"):
		return one(Result{
			Status:  Warn,
			Message: fmt.Sprintf("not proven: %s is refused, since a webhook doesn't support dry runs: %s", where, answer.Refused),
			Fix:     "read the checks order and registration instead; or create a pod there and look at its labels",
		})
	case answer.Refused != "":
		return one(Result{
			Status: Warn, Message: fmt.Sprintf("not proven: %s is refused: %s", where, answer.Refused),
			Fix: "create a pod that is allowed there, and look at its labels and spec.schedulerName",
		})
	}
	return one(s.judge(where, answer))
}

// judge judges the pod of an Answer.
func (s *State) judge(where string, answer Answer) Result {
	pod, adds := answer.Pod, s.Trial.Adds
	var lacks []string
	for _, key := range slices.Sorted(maps.Keys(adds)) {
		if pod.Labels[key] != adds[key] {
			lacks = append(lacks, key+"="+adds[key])
		}
	}
	withheld := slices.IndexFunc(answer.Warnings, func(w string) bool { return strings.Contains(w, "[not-injected]") || strings.Contains(w, "not added") })
	switch profile := pod.Labels[placement.ProfileLabel]; {
	case len(lacks) > 0 && withheld >= 0:
		return Result{
			Status: Warn, Message: fmt.Sprintf("%s comes back without %s, which the webhook withholds: %s", where, strings.Join(lacks, ", "), answer.Warnings[withheld]),
			Fix: "change the selector that the warning names, or the policy (labelJoins)",
		}
	case len(lacks) > 0:
		return Result{
			Status: Fail, Message: fmt.Sprintf("%s comes back without %s: the webhook doesn't add labels there", where, strings.Join(lacks, ", ")),
			Fix: "see the checks registration and reachability, and the webhook's log",
		}
	case pod.Spec.SchedulerName != placement.Scheduler:
		return Result{
			Status: Fail, Message: fmt.Sprintf("%s comes back with the labels of profile %q, but EKS doesn't claim it (schedulerName %s)", where, s.Trial.Profile, pod.Spec.SchedulerName),
			Fix: "see the check order; and whether the profile is ACTIVE: aws eks describe-fargate-profile --fargate-profile-name " + s.Trial.Profile,
		}
	case profile != s.Trial.Profile:
		return Result{
			Status: Warn, Message: fmt.Sprintf("%s comes back claimed by profile %q instead of %q", where, profile, s.Trial.Profile),
			Fix: "check that doctor is given the cluster's own profiles",
		}
	}
	if s.Policy.For(s.Trial.Pod.Namespace).Mode == policy.ModeObserve || len(adds) == 0 {
		return Result{Status: Pass, Message: fmt.Sprintf("%s comes back claimed by profile %q; nothing had to be added", where, s.Trial.Profile)}
	}
	return Result{Status: Pass, Message: fmt.Sprintf("%s comes back with %s, claimed by profile %q", where, text.Pairs(adds), s.Trial.Profile)}
}
