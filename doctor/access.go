package doctor

import (
	"fmt"
	"slices"
	"strings"
)

var accessCheck = Check{
	ID: "access", Title: "your own rights",
	What:  "The rights that doctor needs and that you lack. It reads, and asks for dry runs of one pod and of one ConfigMap; nothing is stored. It reads no Secret.",
	check: checkAccess,
}

func checkAccess(s *State) []Result {
	var denied []string
	for _, r := range []reading{
		s.ServerVersion, s.Served, s.Mutating, s.Validating, s.Webhook, s.Endpoints, s.Lease, s.Probe, s.Lacks,
		s.Namespaces, s.Nodes, s.DaemonSets, s.CoreDNS, s.Controllers, s.Logging, s.Answer,
	} {
		if right, _ := r.problem(); right != "" && !slices.Contains(denied, right) {
			denied = append(denied, right)
		}
	}
	if len(denied) > 0 {
		return one(Result{
			Status: Warn, Message: "some checks are skipped: you may not " + strings.Join(denied, "; "),
			Fix: "run doctor as a user who may, such as a cluster administrator",
		})
	}
	return pass("you may read what doctor checks")
}

var rightsCheck = Check{
	ID: "rights", Title: "the webhook's rights",
	What: "The rights of the webhook's service account, by SubjectAccessReviews. Without those to watch what decisions depend on it doesn't get ready; " +
		"without those of the ClusterRole fargate-webhook-registration it can't register.",
	check: checkRights,
}

func checkRights(s *State) []Result {
	if r, failed := unread(s.Lacks); failed {
		return one(r)
	}
	if len(s.Lacks.Value) == 0 {
		return pass("the webhook's service account may do what it needs to")
	}
	return one(Result{
		Status: Fail, Message: "the webhook's service account may not " + some(s.Lacks.Value),
		Fix: "apply the roles and bindings of the chart or of deploy/manifests/rbac.yaml again",
	})
}

// some returns the first texts of a list, and how many others there are.
func some(list []string) string {
	const most = 5
	if len(list) <= most {
		return strings.Join(list, "; ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], "; "), len(list)-most)
}

// Right is something that a user may do.
type Right struct {
	Verb, Group, Resource, Name, Namespace string
}

// String returns the right as RBAC and kubectl name it: "list daemonsets.apps in namespace x".
func (r Right) String() string {
	text := r.Verb + " " + r.Resource
	if r.Group != "" {
		text += "." + r.Group
	}
	if r.Name != "" {
		text += " " + r.Name
	}
	if r.Namespace != "" {
		text += " in namespace " + r.Namespace
	}
	return text
}

// watched is what the webhook watches in all namespaces.
var watched = []struct {
	group     string
	resources []string
}{
	{"", []string{"limitranges", "resourcequotas", "persistentvolumeclaims", "persistentvolumes", "services", "replicationcontrollers"}},
	{"apps", []string{"replicasets", "statefulsets", "daemonsets"}},
	{"batch", []string{"jobs"}},
	{"autoscaling", []string{"horizontalpodautoscalers"}},
	{"policy", []string{"poddisruptionbudgets"}},
	{"networking.k8s.io", []string{"networkpolicies", "ingressclasses"}},
	{"storage.k8s.io", []string{"storageclasses"}},
}

// WebhookRights returns what the webhook's service account needs: what deploy/manifests/rbac.yaml
// grants, without what only some policies need.
func WebhookRights(namespace string) []Right {
	var rights []Right
	for _, w := range watched {
		for _, resource := range w.resources {
			rights = append(rights, Right{Verb: "list", Group: w.group, Resource: resource}, Right{Verb: "watch", Group: w.group, Resource: resource})
		}
	}
	const registration = "admissionregistration.k8s.io"
	for _, verb := range []string{"get", "watch", "create", "patch"} {
		rights = append(
			rights,
			Right{Verb: verb, Group: registration, Resource: "mutatingwebhookconfigurations", Name: "0400-fargate-webhook"},
			Right{Verb: verb, Group: registration, Resource: "validatingwebhookconfigurations", Name: "fargate-webhook"},
			Right{Verb: verb, Group: registration, Resource: "validatingwebhookconfigurations", Name: "fargate-webhook-probe"},
		)
	}
	return append(
		rights,
		Right{Verb: "list", Group: "discovery.k8s.io", Resource: "endpointslices", Namespace: namespace},
		Right{Verb: "patch", Resource: "configmaps", Name: "fargate-webhook-probe", Namespace: namespace},
		Right{Verb: "update", Group: "coordination.k8s.io", Resource: "leases", Name: LeaseName, Namespace: namespace},
		Right{Verb: "update", Resource: "secrets", Name: "fargate-webhook-ca", Namespace: namespace},
	)
}
