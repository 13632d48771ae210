package doctor

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/registration"
)

var now = time.Date(2026, time.November, 27, 12, 0, 0, 0, time.UTC)

// certificate returns a self-signed certificate in PEM that is valid until a time.
func certificate(t *testing.T, until time.Time) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-1000 * time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// as converts a value by its JSON.
func as[T any](t *testing.T, value any) (converted T) {
	t.Helper()
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &converted)
	}
	if err != nil {
		t.Fatal(err)
	}
	return converted
}

func named(name string, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Labels: labels}
}

// good returns the state of a cluster on which every check passes.
func good(t *testing.T) *State {
	t.Helper()
	p := policy.Default()
	s := &State{Now: now, Version: "v1.2.3", Namespace: "fargate-webhook", Service: "fargate-webhook", Policy: &p}
	s.Profiles = []profiles.Profile{
		fargatetest.Profile("apps", fargatetest.Selects("apps", "run", "on-fargate")),
		fargatetest.Profile("dns", fargatetest.Selects("kube-system", "k8s-app", "kube-dns")),
		fargatetest.Profile("own", fargatetest.Selects("fargate-webhook")),
	}
	s.ServerVersion, s.Served = Found("v1.36.1-eks-0123456"), Found(map[*kinds.Kind]string{})
	register(t, s, func(*registration.Options) {})
	s.Webhook = Found(deployment("fargate-webhook", "fargate-webhook", nil, "serve", "--cluster-name=prod"))
	s.Webhook.Value.Spec.Template.Spec.Containers[0].Image = "example.com:5000/fargate-webhook:1.2.3"
	s.Endpoints = Found([]discoveryv1.EndpointSlice{{Endpoints: []discoveryv1.Endpoint{{Conditions: discoveryv1.EndpointConditions{Ready: new(true)}}}}})
	s.Lease = Found(&coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{
		HolderIdentity: new("pod-1"), LeaseDurationSeconds: new(int32(15)), RenewTime: &metav1.MicroTime{Time: now.Add(-5 * time.Second)},
	}})
	s.Namespaces = Found([]corev1.Namespace{
		{ObjectMeta: named("aws-observability", map[string]string{"aws-observability": "enabled"})}, {ObjectMeta: named("apps", nil)}, {ObjectMeta: named("kube-system", nil)},
	})
	s.Nodes = Found([]corev1.Node{{ObjectMeta: named("fargate-ip-10-0-0-1", map[string]string{"eks.amazonaws.com/compute-type": "fargate"})}})
	s.CoreDNS = Found(deployment("kube-system", "coredns", map[string]string{"k8s-app": "kube-dns"}))
	s.Controllers = Found([]appsv1.Deployment{*deployment("kube-system", "aws-load-balancer-controller", map[string]string{"k8s-app": "kube-dns"}, "--aws-region=us-east-1", "--aws-vpc-id=vpc-1")})
	s.Logging = Found(&corev1.ConfigMap{Data: map[string]string{"output.conf": "[OUTPUT]"}})
	try(t, s)
	return s
}

// register registers both configurations, and EKS's.
func register(t *testing.T, s *State, change func(*registration.Options)) {
	t.Helper()
	options := registration.OptionsFor(s.Policy, registration.Target{ServiceNamespace: s.Namespace, ServiceName: s.Service}, s.Namespace)
	options.SecretPath = "0123456789abcdefghij"
	change(&options)
	ca := certificate(t, now.Add(10000*time.Hour))
	s.Mutating = Found([]admissionv1.MutatingWebhookConfiguration{
		as[admissionv1.MutatingWebhookConfiguration](t, registration.Mutating(options, s.Index(), ca)), {ObjectMeta: named(EKSName, nil)},
	})
	s.Validating = Found([]admissionv1.ValidatingWebhookConfiguration{
		as[admissionv1.ValidatingWebhookConfiguration](t, registration.Validating(options, s.Index(), ca)),
		as[admissionv1.ValidatingWebhookConfiguration](t, registration.Probe(options, s.Index(), ca)),
	})
}

// try answers the dry run as a cluster does that works.
func try(t *testing.T, s *State) {
	t.Helper()
	if s.Trial = NewTrial(s, "trial"); s.Trial == nil {
		return
	}
	pod := s.Trial.Pod.DeepCopy()
	pod.Labels = map[string]string{"eks.amazonaws.com/fargate-profile": s.Trial.Profile}
	maps.Copy(pod.Labels, s.Trial.Adds)
	pod.Spec.SchedulerName = "fargate-scheduler"
	s.Answer = Found(Answer{Pod: pod})
}

func deployment(namespace, name string, labels map[string]string, args ...string) *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Status: appsv1.DeploymentStatus{AvailableReplicas: 1}}
	d.Spec.Template.Labels = labels
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "c", Args: args}}
	return d
}

func daemonSet(namespace, name string, change func(*appsv1.DaemonSet)) *appsv1.DaemonSet {
	d := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Status: appsv1.DaemonSetStatus{DesiredNumberScheduled: 1}}
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "c", Image: "c"}}
	change(d)
	return d
}

// messages returns the report as a table.
func messages(t *testing.T, results []Result) string {
	t.Helper()
	var out bytes.Buffer
	if err := NewReport(results).WriteTable(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
