package fargate

import (
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// reselection is what labels that are to be added to a pod change about who
// selects it (S24).
type reselection struct {
	// place is the placement that the labels are for.
	place Placement
	// before and after are the pod's labels without and with what is added.
	before, after labels.Set
	// joined are the Services, PodDisruptionBudgets and NetworkPolicies that
	// select the pod after and not before, left those that do before and not
	// after.
	joined, left []selecting
	// adopters are the ReplicaSets and ReplicationControllers that would take
	// the pod for one of their own after and not before.
	adopters []selecting
}

// newReselection compares a pod's labels with those it will have. EKS puts
// ProfileLabel on every pod it claims (F1.7), so it is among them whether it is
// added here or there.
func newReselection(have map[string]string, place Placement) *reselection {
	r := &reselection{place: place, before: have, after: make(labels.Set, len(have)+len(place.Labels)+1)}
	maps.Copy(r.after, have)
	maps.Copy(r.after, place.Labels)
	r.after[ProfileLabel] = place.Profile
	return r
}

// reselect finds out whom the labels that are to be added let select the pod.
// Where the rules say so it is not given them and so is not Fargate's. Pods that
// are updated are given none anyway.
func (s *subject) reselect() {
	if len(s.placement.Labels) == 0 || s.request.Cluster == nil {
		return
	}
	r := newReselection(s.meta.Labels, s.placement)
	adopted, joins := ruleLabelAdopted(), ruleLabelJoins()
	if s.settings.action(&adopted) != ActionOff && s.adoptable() {
		r.findAdopters(s.request)
	}
	// Whom the pod joins is told when it gets the labels, or when it doesn't
	// for just that reason. Before the validating phase it got them long ago.
	refuses := s.settings.action(&joins) == ActionDeny
	if refuses || s.settings.action(&joins) == ActionWarn && len(r.adopters) == 0 && s.request.Phase != Validating {
		r.findJoins(s.request)
	}
	switch {
	case len(r.adopters) > 0:
		s.keepLabelsBack(&adopted)
	case len(r.joined)+len(r.left) == 0:
		return
	case refuses && !r.pinsOnly():
		s.keepLabelsBack(&joins)
	}
	s.reselected = r
}

// adoptable reports a pod that controllers may take for their own: they leave
// alone those that have a controller, as the pods of a template will.
// A pod that EKS claims as it stands gets ProfileLabel whatever is done here.
func (s *subject) adoptable() bool {
	return !s.template && !pinsOnly(s.placement.Labels) && metav1.GetControllerOfNoCopy(s.meta) == nil
}

// keepLabelsBack gives the pod no labels, for a rule's sake.
func (s *subject) keepLabelsBack(rule *Rule) {
	s.placement = Placement{Reason: fmt.Sprintf("Fargate profile %q would select it with the labels {%s}, which are not added: see rule %s",
		s.placement.Profile, labelList(s.placement.Labels, ProfileLabel), rule.ID)}
}

func (r *reselection) pinsOnly() bool { return pinsOnly(r.place.Labels) }

// pinsOnly reports labels without which the pod is Fargate's all the same.
func pinsOnly(added map[string]string) bool {
	_, pins := added[ProfileLabel]
	return pins && len(added) == 1
}

// findAdopters finds the controllers that would take the pod for their own.
func (r *reselection) findAdopters(request *Request) {
	cluster, namespace := request.Cluster, request.Namespace
	sets, _ := changed(r, "ReplicaSet", cluster.ReplicaSets, namespace, replicaSetSelector)
	controllers, _ := changed(r, "ReplicationController", cluster.ReplicationControllers, namespace, replicationControllerSelector)
	r.adopters = slices.Concat(sets, controllers)
}

// findJoins finds whom the pod joins and leaves.
func (r *reselection) findJoins(request *Request) {
	cluster, namespace := request.Cluster, request.Namespace
	services, withoutServices := changed(r, "Service", cluster.Services, namespace, serviceSelector)
	budgets, withoutBudgets := changed(r, "PodDisruptionBudget", cluster.PodDisruptionBudgets, namespace, budgetSelector)
	policies, withoutPolicies := changed(r, "NetworkPolicy", cluster.NetworkPolicies, namespace, networkPolicySelector)
	r.joined = slices.Concat(services, budgets, policies)
	r.left = slices.Concat(withoutServices, withoutBudgets, withoutPolicies)
}
