package registration

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apilabels "k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	applyv1 "k8s.io/client-go/applyconfigurations/admissionregistration/v1"
	"sigs.k8s.io/yaml"

	"fargate-webhook/kinds"
	"fargate-webhook/policy"
)

// exempt returns the namespaces that the tests exempt, one of them twice.
func exempt() []string {
	return []string{"kube-system", "own", "kube-public", "kube-node-lease", "own"}
}

// policyWith returns a policy with an action for workloads that changes DaemonSets and Services, or
// doesn't.
func policyWith(workloads policy.Action, changes bool) *policy.Policy {
	p := policy.Default()
	p.Workloads, p.SteerDaemonSets, p.RewriteNodePorts = workloads, changes, changes
	return &p
}

func serviceOptions() Options {
	return Options{
		Target:           Target{ServiceNamespace: "own", ServiceName: "fargate-webhook"},
		ExemptNamespaces: exempt(),
		Policy:           policyWith(policy.Warn, true), Served: map[*kinds.Kind]string{kinds.TargetGroupConfigurations: "v1beta1"},
		Owner: &metav1.OwnerReference{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole", Name: "fargate-webhook", UID: "u-1"},
	}
}

// read decodes an apply configuration into an object of the API.
func read(t *testing.T, applied, into any) {
	t.Helper()
	text, err := yaml.Marshal(applied)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatal(err)
	}
}

// The files of testdata are what is applied: once with every kind, once with as few as possible and with
// profiles that name their namespaces.
// UPDATE=1 rewrites them.
func TestConfigurations(t *testing.T) {
	index, names := indexOf("apps", "team-*"), indexOf("web", "apps")
	url := serviceOptions()
	url.Target, url.Owner, url.Policy, url.Served = Target{URL: "https://127.0.0.1:9443/"}, nil, policyWith(policy.Off, false), nil
	for _, test := range []struct {
		file       string
		got, typed any
	}{
		{"mutating.yaml", Mutating(serviceOptions(), index, []byte("CA")), new(admissionv1.MutatingWebhookConfiguration)},
		{"validating.yaml", Validating(serviceOptions(), index, []byte("CA")), new(admissionv1.ValidatingWebhookConfiguration)},
		{"mutating-url.yaml", Mutating(url, names, []byte("CA")), new(admissionv1.MutatingWebhookConfiguration)},
		{"validating-url.yaml", Validating(url, names, []byte("CA")), new(admissionv1.ValidatingWebhookConfiguration)},
	} {
		t.Run(test.file, func(t *testing.T) {
			read(t, test.got, test.typed)
			got, err := yaml.Marshal(test.got)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", test.file)
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("UPDATE=1 rewrites it; -want +got:\n%s", diff)
			}
		})
	}
}

// The secret path is the first segment of the path of every webhook, by Service and by URL, and
// there is nothing else about it.
func TestSecretPath(t *testing.T) {
	secret := "abcdefghij0123456789"
	service, url := serviceOptions(), serviceOptions()
	url.Target = Target{URL: "https://127.0.0.1:9443/"}
	for name, options := range map[string]Options{"Service": service, "URL": url} {
		index := indexOf("apps")
		plain, err := Manifests(options, index, []byte("CA"))
		if err != nil {
			t.Fatal(err)
		}
		options.SecretPath = secret
		got, err := Manifests(options, index, []byte("CA"))
		if err != nil {
			t.Fatal(err)
		}
		for _, start := range []string{"path: ", "9443"} {
			plain = bytes.ReplaceAll(plain, []byte(start+"/"), []byte(start+"/"+secret+"/"))
		}
		if diff := cmp.Diff(string(plain), string(got)); diff != "" || !bytes.Contains(got, []byte("/"+secret+"/validate/pods\n")) {
			t.Errorf("by %s: -want +got:\n%s", name, diff)
		}
	}
}

// EKS claims a pod by the labels it has when its own webhook runs (S1).
func TestSortsBeforeEKS(t *testing.T) {
	if eks := "0500-amazon-eks-fargate-mutation.amazonaws.com"; MutatingName >= eks {
		t.Errorf("%s sorts after %s", MutatingName, eks)
	}
}

// Every webhook of both configurations is valid for the API server, and leaves exempt namespaces
// alone.
func TestEveryWebhook(t *testing.T) {
	var mutating admissionv1.MutatingWebhookConfiguration
	var validating admissionv1.ValidatingWebhookConfiguration
	read(t, Mutating(serviceOptions(), indexOf("*"), []byte("CA")), &mutating)
	read(t, Validating(serviceOptions(), indexOf("a"), []byte("CA")), &validating)
	for _, hook := range mutating.Webhooks {
		checkWebhook(t, hook.Name, hook.NamespaceSelector, hook.MatchConditions)
	}
	for _, hook := range validating.Webhooks {
		checkWebhook(t, hook.Name, hook.NamespaceSelector, hook.MatchConditions)
	}
}

func checkWebhook(t *testing.T, name string, selector *metav1.LabelSelector, conditions []admissionv1.MatchCondition) {
	t.Helper()
	if wrong := validation.IsDNS1123Subdomain(name); len(wrong) > 0 || strings.Count(name, ".") < 2 {
		t.Errorf("%s is no valid name for a webhook: %v", name, wrong)
	}
	if len(conditions) > 64 {
		t.Errorf("%s has %d match conditions", name, len(conditions))
	}
	seen := map[string]bool{}
	for _, condition := range conditions {
		if wrong := validation.IsQualifiedName(condition.Name); len(wrong) > 0 || seen[condition.Name] || condition.Expression == "" {
			t.Errorf("%s: condition %q %q: %v", name, condition.Name, condition.Expression, wrong)
		}
		seen[condition.Name] = true
	}
	matches, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, namespace := range exempt() {
		if matches.Matches(apilabels.Set{corev1.LabelMetadataName: namespace}) {
			t.Errorf("%s is called for %s", name, namespace)
		}
	}
	called := "apps"
	if first := selector.MatchExpressions[0]; first.Operator == metav1.LabelSelectorOpIn {
		called = first.Values[0]
		if matches.Matches(apilabels.Set{corev1.LabelMetadataName: "others"}) {
			t.Errorf("%s is called for others", name)
		}
	}
	for value, want := range map[string]bool{"": true, "false": true, "true": false} {
		set := apilabels.Set{corev1.LabelMetadataName: called, policy.ExemptLabel: value}
		if got := matches.Matches(set); got != want {
			t.Errorf("%s: for %v it is called: %v", name, set, got)
		}
	}
	if !matches.Matches(apilabels.Set{corev1.LabelMetadataName: called}) {
		t.Errorf("%s is not called for %s", name, called)
	}
}

// With a profile that selects every namespace there is no scope condition, nor with names that the
// selector lists; without profiles it is false.
func TestScopeConditions(t *testing.T) {
	hook := func(namespaces ...string) []applyv1.MatchConditionApplyConfiguration {
		return Mutating(serviceOptions(), indexOf(namespaces...), nil).Webhooks[0].MatchConditions
	}
	all, listed, none := hook("*"), hook("a"), hook()
	if len(all) != 1 || len(none) != 1 || *none[0].Expression != "(false) && "+*all[0].Expression {
		t.Errorf("for every namespace: %v, for none: %v", all, none)
	}
	if diff := cmp.Diff(all, listed); diff != "" {
		t.Errorf("where the selector lists the namespaces: -for all +got\n%s", diff)
	}
}
