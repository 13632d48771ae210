package doctor

import (
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/webhook/registration"
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

// WebhookRights returns what the webhook's service account needs: what deploy/manifests/rbac.yaml
// grants, without what only some policies need.
func WebhookRights(namespace string) []Right {
	var rights []Right
	for _, k := range cluster.Kinds {
		if !k.Optional {
			rights = append(rights, Right{Verb: "list", Group: k.Group, Resource: k.Resource}, Right{Verb: "watch", Group: k.Group, Resource: k.Resource})
		}
	}
	for _, verb := range []string{"get", "watch", "create", "patch"} {
		rights = append(
			rights,
			Right{Verb: verb, Group: admissionv1.GroupName, Resource: "mutatingwebhookconfigurations", Name: registration.MutatingName},
			Right{Verb: verb, Group: admissionv1.GroupName, Resource: "validatingwebhookconfigurations", Name: registration.ValidatingName},
			Right{Verb: verb, Group: admissionv1.GroupName, Resource: "validatingwebhookconfigurations", Name: registration.ProbeName},
		)
	}
	return append(
		rights,
		Right{Verb: "list", Group: "discovery.k8s.io", Resource: "endpointslices", Namespace: namespace},
		Right{Verb: "patch", Resource: "configmaps", Name: registration.ProbeName, Namespace: namespace},
		Right{Verb: "update", Group: "coordination.k8s.io", Resource: "leases", Name: LeaseName, Namespace: namespace},
		Right{Verb: "update", Resource: "secrets", Name: "fargate-webhook-ca", Namespace: namespace},
	)
}
