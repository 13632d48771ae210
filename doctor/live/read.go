package live

import (
	"context"
	"strconv"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"fargate-webhook/doctor"
	"fargate-webhook/internal/kube"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/lookups"
	"fargate-webhook/webhook/registration"
)

// defaultPort is the webhook's, unless its Deployment has another.
const defaultPort = 9443

// Reader reads the state of a cluster.
type Reader struct {
	Client  kube.Interface
	Dynamic dynamic.Interface
	// Warnings are those of the API server since the last call; nil where they aren't collected.
	Warnings func() []string

	// Version, Namespace, Service, Policy and Profiles become those of the State.
	Version            string
	Namespace, Service string
	Policy             *policy.Policy
	Profiles           []profiles.Profile
	Problems           []profiles.Problem
}

var (
	pods           = corev1.SchemeGroupVersion.WithResource("pods")
	namespaces     = corev1.SchemeGroupVersion.WithResource("namespaces")
	nodes          = corev1.SchemeGroupVersion.WithResource("nodes")
	configMaps     = corev1.SchemeGroupVersion.WithResource("configmaps")
	deployments    = appsv1.SchemeGroupVersion.WithResource("deployments")
	daemonSets     = appsv1.SchemeGroupVersion.WithResource("daemonsets")
	leases         = coordinationv1.SchemeGroupVersion.WithResource("leases")
	endpointSlices = discoveryv1.SchemeGroupVersion.WithResource("endpointslices")
	mutating       = admissionv1.SchemeGroupVersion.WithResource("mutatingwebhookconfigurations")
	validating     = admissionv1.SchemeGroupVersion.WithResource("validatingwebhookconfigurations")
	reviews        = schema.GroupVersionResource{Group: "authorization.k8s.io", Version: "v1", Resource: "subjectaccessreviews"}
)

// Read reads the state. name is that of a pod, which must not exist, for a dry run.
func (r *Reader) Read(ctx context.Context, now time.Time, name string) *doctor.State {
	s := &doctor.State{
		Now: now, Version: r.Version, Namespace: r.Namespace, Service: r.Service, Policy: r.Policy, Profiles: r.Profiles, ProfileProblems: r.Problems,
	}
	s.ServerVersion = r.serverVersion(ctx)
	s.Served = r.served(ctx)
	s.Mutating = List[admissionv1.MutatingWebhookConfiguration](ctx, r.Dynamic, mutating, "", "", "")
	s.Validating = List[admissionv1.ValidatingWebhookConfiguration](ctx, r.Dynamic, validating, "", "", "")
	s.Webhook = Webhook(ctx, r.Dynamic, r.Namespace)
	s.Endpoints = List[discoveryv1.EndpointSlice](ctx, r.Dynamic, endpointSlices, r.Namespace, discoveryv1.LabelServiceName+"="+r.Service, "")
	s.Lease = Get[coordinationv1.Lease](ctx, r.Dynamic, leases, r.Namespace, doctor.LeaseName)
	s.Probe = r.probe(ctx, s.Webhook.Value)
	s.Lacks = r.lacks(ctx, s.Webhook.Value)
	s.Namespaces = List[corev1.Namespace](ctx, r.Dynamic, namespaces, "", "", "")
	s.Nodes = List[corev1.Node](ctx, r.Dynamic, nodes, "", "", "")
	s.DaemonSets = List[appsv1.DaemonSet](ctx, r.Dynamic, daemonSets, "", "", "")
	s.CoreDNS = Get[appsv1.Deployment](ctx, r.Dynamic, deployments, "kube-system", "coredns")
	s.Controllers = List[appsv1.Deployment](ctx, r.Dynamic, deployments, "", "app.kubernetes.io/name=aws-load-balancer-controller", "")
	s.Logging = Get[corev1.ConfigMap](ctx, r.Dynamic, configMaps, "aws-observability", "aws-logging")
	if s.Trial = doctor.NewTrial(s, name); s.Trial != nil {
		s.Answer = r.try(ctx, s.Trial.Pod)
	}
	return s
}

func (r *Reader) serverVersion(ctx context.Context) doctor.Read[string] {
	version, err := r.Client.ServerVersion(ctx)
	if err != nil {
		return failure[string](err, doctor.Right{Verb: "get", Resource: "/version"})
	}
	return doctor.Found(version)
}

// served finds out in which version the API server serves optional kinds.
func (r *Reader) served(ctx context.Context) doctor.Read[map[*kinds.Kind]string] {
	found, err := lookups.Served(ctx, r.Client)
	if err != nil {
		return failure[map[*kinds.Kind]string](err, doctor.Right{Verb: "get", Resource: "/apis"})
	}
	return doctor.Found(found)
}

// probe asks for the dry run by which the leader finds out whether it is reached.
func (r *Reader) probe(ctx context.Context, webhook *appsv1.Deployment) doctor.Read[string] {
	err := registration.Prober(r.Client, r.Namespace, port(webhook))(ctx)
	switch {
	case err == nil:
		return doctor.Found("")
	case strings.Contains(err.Error(), " cannot patch resource ") || strings.Contains(err.Error(), " cannot create resource "):
		return doctor.Read[string]{Denied: doctor.Right{Verb: "patch", Resource: "configmaps", Name: registration.ProbeName, Namespace: r.Namespace}.String()}
	}
	return doctor.Found(err.Error())
}

// port returns the port that the webhook listens on.
func port(webhook *appsv1.Deployment) int {
	if webhook != nil {
		for _, container := range webhook.Spec.Template.Spec.Containers {
			for _, p := range container.Ports {
				if p.Name == "webhook" {
					return int(p.ContainerPort)
				}
			}
		}
	}
	return defaultPort
}

// lacks asks for each right of the webhook's service account.
func (r *Reader) lacks(ctx context.Context, webhook *appsv1.Deployment) doctor.Read[[]string] {
	account := "fargate-webhook"
	if webhook != nil && webhook.Spec.Template.Spec.ServiceAccountName != "" {
		account = webhook.Spec.Template.Spec.ServiceAccountName
	}
	var lacking []string
	for _, right := range doctor.WebhookRights(r.Namespace) {
		review := accessReview("system:serviceaccount:"+r.Namespace+":"+account, []any{"system:serviceaccounts", "system:serviceaccounts:" + r.Namespace, "system:authenticated"}, right)
		answer, err := r.Dynamic.Resource(reviews).Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			return failure[[]string](err, doctor.Right{Verb: "create", Group: reviews.Group, Resource: reviews.Resource})
		}
		if !allowed(answer) {
			lacking = append(lacking, right.String())
		}
	}
	return doctor.Found(lacking)
}

// try asks for the dry run of a pod.
func (r *Reader) try(ctx context.Context, pod *corev1.Pod) doctor.Read[doctor.Answer] {
	object, err := unstructuredOf(pod)
	if err != nil {
		return doctor.Read[doctor.Answer]{Failed: err.Error()}
	}
	if r.Warnings != nil {
		r.Warnings() // those of other requests
	}
	created, err := r.Dynamic.Resource(pods).Namespace(pod.Namespace).Create(ctx, object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	answer := doctor.Answer{}
	if r.Warnings != nil {
		answer.Warnings = r.Warnings()
	}
	switch {
	case isDenied(err):
		return failure[doctor.Answer](err, doctor.Right{Verb: "create", Resource: "pods", Namespace: pod.Namespace})
	case apierrors.IsForbidden(err), apierrors.IsBadRequest(err), apierrors.IsInvalid(err), apierrors.IsNotFound(err):
		answer.Refused = err.Error()
		return doctor.Found(answer)
	case err != nil:
		return doctor.Read[doctor.Answer]{Failed: err.Error()}
	}
	back, err := convert[corev1.Pod](created)
	if err != nil {
		return doctor.Read[doctor.Answer]{Failed: err.Error()}
	}
	answer.Pod = &back
	return doctor.Found(answer)
}

// Name returns the name of a pod for a dry run.
func Name(now time.Time) string {
	return "fargate-webhook-doctor-" + strconv.FormatInt(now.UnixNano(), 36)
}
