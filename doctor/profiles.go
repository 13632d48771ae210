package doctor

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

var profilesCheck = Check{
	ID: "profiles", Title: "Fargate profiles",
	What: "Whether a profile is ACTIVE, what is wrong with profiles under the policy, which ones are equally near to a pod, and, where there are no other nodes, " +
		"whether the webhook's own pods match one.",
	Facts: []string{"F1.1", "F1.6", "F1.9", "F1.10"}, check: checkProfiles,
}

func checkProfiles(s *State) []Result {
	index := s.Index()
	active := len(index.Profiles())
	if active == 0 {
		return one(Result{
			Status:  Fail,
			Message: fmt.Sprintf("no Fargate profile is ACTIVE (there are %d): no pod runs on Fargate", len(s.Profiles)),
			Fix:     "create a Fargate profile, and wait until it is ACTIVE",
		})
	}
	var results []Result
	for _, problem := range s.ProfileProblems {
		fix := cmp.Or(problem.Fix, "profiles can't be changed: create one with other selectors, then delete this one") // F1.10
		problem.Fix = ""
		results = append(results, Result{Status: Warn, Message: problem.String(), Fix: fix})
	}
	results = append(results, s.ownPods(index)...)
	if len(results) == 0 {
		return pass(fmt.Sprintf("%d ACTIVE, without problems", active))
	}
	return results
}

// ownPods fails where there are only Fargate nodes and no profile takes the webhook's own pods: the
// webhook never changes them (S28).
func (s *State) ownPods(index *profiles.Index) []Result {
	if _, failed := unread(s.Webhook); failed || s.Webhook.Value == nil || !s.FargateOnly() {
		return nil
	}
	template := &s.Webhook.Value.Spec.Template
	place := asItStands(s.Namespace, &template.ObjectMeta, &template.Spec, index)
	if place.Fargate {
		return nil
	}
	return one(Result{
		Status:  Fail,
		Message: fmt.Sprintf("the cluster has only Fargate nodes, and the webhook's own pods don't run there: %s", place.Reason),
		Fix:     fmt.Sprintf("create a Fargate profile that selects namespace %s without labels", s.Namespace),
	})
}

// asItStands returns where EKS runs a pod to which nothing is added.
func asItStands(namespace string, meta *metav1.ObjectMeta, spec *corev1.PodSpec, index *profiles.Index) placement.Placement {
	return placement.Place(namespace, meta, spec, index, placement.Adds{Labels: policy.LabelsOff})
}
