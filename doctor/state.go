package doctor

import (
	"slices"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// EKSName is the name of the webhook configuration by which EKS claims pods (F2.1).
const EKSName = "0500-amazon-eks-fargate-mutation.amazonaws.com"

// Names of what the webhook has in a cluster.
const (
	LeaseName      = "fargate-webhook"
	DeploymentName = "fargate-webhook"
)

// State is what was read of a cluster, at once or within a few seconds.
type State struct {
	Now time.Time
	// Version is that of this program, "(devel)" or "(unknown)" for one that isn't of a release.
	Version string
	// Namespace is the webhook's own, and Service the name of the Service in front of it.
	Namespace, Service string

	Policy          *policy.Policy
	Profiles        []profiles.Profile
	ProfileProblems []profiles.Problem

	// ServerVersion is that of the API server, such as v1.36.1-eks-0123456.
	ServerVersion Read[string]
	// Served are the versions in which the API server serves optional kinds.
	Served     Read[map[*kinds.Kind]string]
	Mutating   Read[[]admissionv1.MutatingWebhookConfiguration]
	Validating Read[[]admissionv1.ValidatingWebhookConfiguration]
	Webhook    Read[*appsv1.Deployment]
	Endpoints  Read[[]discoveryv1.EndpointSlice]
	Lease      Read[*coordinationv1.Lease]
	// Probe is why the dry run of the probe didn't arrive at the webhook; "" if it did.
	Probe Read[string]
	// Lacks are the rights that the webhook's service account needs and lacks.
	Lacks Read[[]string]

	Namespaces  Read[[]corev1.Namespace]
	Nodes       Read[[]corev1.Node]
	DaemonSets  Read[[]appsv1.DaemonSet]
	CoreDNS     Read[*appsv1.Deployment]
	Controllers Read[[]appsv1.Deployment] // of the AWS Load Balancer Controller
	Logging     Read[*corev1.ConfigMap]

	// Trial is the dry run of a pod; nil where no profile selects pods of a namespace that exists.
	Trial *Trial
	// Answer is what the API server made of the Trial.
	Answer Read[Answer]
}

// Answer is the API server's answer to a dry run of a pod.
type Answer struct {
	Pod *corev1.Pod
	// Refused is why it was refused; "" if it wasn't.
	Refused  string
	Warnings []string
}

// Index returns the ACTIVE profiles.
func (s *State) Index() *profiles.Index { return profiles.NewIndex(s.Profiles) }

// FargateOnly reports whether a cluster has no nodes but Fargate's: by the policy, or because no
// other node is there now.
func (s *State) FargateOnly() bool {
	if s.Policy.Nodes == policy.NodesFargateOnly {
		return true
	}
	if _, failed := unread(s.Nodes); failed {
		return false
	}
	return !slices.ContainsFunc(s.Nodes.Value, func(n corev1.Node) bool {
		return n.Labels[placement.ComputeTypeKey] != placement.ComputeTypeFargate
	})
}

// exempt reports whether nothing is changed or refused in a namespace.
func (s *State) exempt(namespace string) bool {
	if namespace == s.Namespace || s.Policy.Exempts(namespace, "", nil) {
		return true
	}
	found := s.namespace(namespace)
	return found != nil && found.Labels[policy.ExemptLabel] == "true"
}

// namespace returns a namespace, nil if it isn't there or isn't known.
func (s *State) namespace(name string) *corev1.Namespace {
	i := slices.IndexFunc(s.Namespaces.Value, func(n corev1.Namespace) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Namespaces.Value[i]
}

// args returns the arguments of the first container, with the environment variables that the
// Deployment sets in place of their names.
func args(deployment *appsv1.Deployment) []string {
	if deployment == nil || len(deployment.Spec.Template.Spec.Containers) == 0 {
		return nil
	}
	container := &deployment.Spec.Template.Spec.Containers[0]
	expanded := make([]string, 0, len(container.Args))
	for _, arg := range slices.Concat(container.Command, container.Args) {
		for _, variable := range container.Env {
			arg = strings.ReplaceAll(arg, "$("+variable.Name+")", variable.Value)
		}
		expanded = append(expanded, arg)
	}
	return expanded
}

// flagOf returns the value of a flag among arguments. ok is false if it isn't set.
func flagOf(args []string, name string) (value string, ok bool) {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--"+name+"="); ok {
			return value, true
		}
		if arg == "--"+name {
			if i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				return args[i+1], true
			}
			return "true", true
		}
	}
	return "", false
}

// DeploymentFlag returns the value of a flag that a Deployment gives to its container, "" if it
// doesn't. The Deployment may be nil.
func DeploymentFlag(deployment *appsv1.Deployment, name string) string {
	value, _ := flagOf(args(deployment), name)
	return value
}
