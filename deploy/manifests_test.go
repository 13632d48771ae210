// Package deploy tests what is deployed: that the manifests and policies are what the API server
// and AWS would take, and that the webhook would let itself in.
package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// manifests decodes all objects of the manifests, strictly: a field that Kubernetes doesn't know,
// or a key twice, is an error.
func manifests(t *testing.T) []runtime.Object {
	t.Helper()
	var kustomization struct {
		Resources          []string
		ConfigMapGenerator []struct{ Files []string }
	}
	decodeYAML(t, filepath.Join("manifests", "kustomization.yaml"), &kustomization)
	files, err := filepath.Glob(filepath.Join("manifests", "*.yaml"))
	listed := slices.Clone(kustomization.Resources)
	for _, generator := range kustomization.ConfigMapGenerator {
		listed = append(listed, generator.Files...)
	}
	if err != nil || len(files) != len(listed)+1 {
		t.Fatalf("the kustomization lists %v of %v, %v; want all files but itself", listed, files, err)
	}
	var objects []runtime.Object
	for _, name := range kustomization.Resources {
		objects = append(objects, objectsOf(t, filepath.Join("manifests", name))...)
	}
	return objects
}

// objectsOf decodes the objects of a file.
func objectsOf(t *testing.T, file string) []runtime.Object {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, file, content)
}

// decode decodes objects. Those of kinds that Kubernetes doesn't have are unstructured.
func decode(t *testing.T, file string, content []byte) []runtime.Object {
	t.Helper()
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := utilyaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(content)))
	var objects []runtime.Object
	for {
		document := make([]byte, len(content)+1)
		n, err := documents.Read(document)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		object, _, err := decoder.Decode(document[:n], nil, nil)
		if runtime.IsNotRegisteredError(err) {
			custom := &unstructured.Unstructured{}
			err = yaml.UnmarshalStrict(document[:n], &custom.Object)
			object = custom
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		objects = append(objects, object)
	}
}

func decodeYAML(t *testing.T, file string, into any) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// all finds the objects of a type.
func all[T runtime.Object](t *testing.T) []T {
	t.Helper()
	var found []T
	for _, object := range manifests(t) {
		if one, ok := object.(T); ok {
			found = append(found, one)
		}
	}
	return found
}

// named finds the object of a type with a name.
func named[T interface {
	runtime.Object
	metav1.Object
}](t *testing.T, name string) T {
	t.Helper()
	for _, object := range all[T](t) {
		if object.GetName() == name {
			return object
		}
	}
	t.Fatalf("no %T is called %s", *new(T), name)
	return *new(T)
}

// only finds the one object of a type.
func only[T runtime.Object](t *testing.T) T {
	t.Helper()
	found := all[T](t)
	if len(found) != 1 {
		t.Fatalf("%d objects of type %T; want one", len(found), *new(T))
	}
	return found[0]
}

// The webhook's own rules have nothing against it, but that Fargate ignores what spreads replicas
// over zones of EC2 nodes. Its pods fill the smallest size.
func TestWebhookRunsOnFargate(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{{
		Name:      "own",
		Status:    profiles.StatusActive,
		Selectors: []profiles.Selector{{Namespace: "fargate-webhook"}},
	}})
	p := policy.Default()
	for _, object := range manifests(t) {
		decision := fargate.Decide(object, fargate.Request{Operation: fargate.OperationCreate, Namespace: "fargate-webhook"}, index, &p)
		for _, f := range decision.Findings {
			if f.Rule != rules.TopologySpread.ID || f.Action != policy.Warn {
				t.Errorf("%T: %+v", object, f)
			}
		}
		if _, ok := object.(*appsv1.Deployment); !ok {
			continue
		}
		if !decision.Placement.Fargate || len(decision.Patch) != 0 {
			t.Errorf("placement %+v, patch %+v; want Fargate as it stands", decision.Placement, decision.Patch)
		}
		if decision.Size == nil || decision.Size.String() != "0.25 vCPU / 512Mi" {
			t.Errorf("size %v; want 0.25 vCPU and 0.5 GB", decision.Size)
		}
	}
}

func TestPartsFitTogether(t *testing.T) {
	deployment, service, budget := only[*appsv1.Deployment](t), only[*corev1.Service](t), only[*policyv1.PodDisruptionBudget](t)
	labels := deployment.Spec.Template.Labels
	for what, selector := range map[string]map[string]string{
		"Deployment": deployment.Spec.Selector.MatchLabels, "Service": service.Spec.Selector, "PodDisruptionBudget": budget.Spec.Selector.MatchLabels,
	} {
		if len(selector) != 1 || labels["app.kubernetes.io/name"] != selector["app.kubernetes.io/name"] {
			t.Errorf("%s selects %v, the pods have %v", what, selector, labels)
		}
	}
	if *deployment.Spec.Replicas != 2 || budget.Spec.MinAvailable.IntValue() != 1 {
		t.Errorf("%d replicas, at least %s available; want 2 and 1", *deployment.Spec.Replicas, budget.Spec.MinAvailable)
	}
	spec := deployment.Spec.Template.Spec
	checkSpread(t, deployment)
	if spec.DNSPolicy != corev1.DNSDefault || spec.ServiceAccountName != only[*corev1.ServiceAccount](t).Name {
		t.Errorf("DNS policy %s, ServiceAccount %q", spec.DNSPolicy, spec.ServiceAccountName)
	}
	ports := map[string]int32{}
	for _, port := range spec.Containers[0].Ports {
		ports[port.Name] = port.ContainerPort
		if port.ContainerPort == 10250 {
			t.Error("10250 is kubelet's port")
		}
	}
	if len(service.Spec.Ports) != 1 || service.Spec.Ports[0].Port != 443 || ports[service.Spec.Ports[0].TargetPort.String()] != 9443 {
		t.Errorf("Service ports %+v, container ports %v; want 443 to 9443", service.Spec.Ports, ports)
	}
}

// The rights are few, and the only ones that are not bound to names are those that can't be. What
// is followed in the whole cluster is only read.
func TestLeastRights(t *testing.T) {
	var rules []rbacv1.PolicyRule
	for _, role := range all[*rbacv1.Role](t) {
		rules = append(rules, role.Rules...)
	}
	for _, role := range all[*rbacv1.ClusterRole](t) {
		rules = append(rules, role.Rules...)
	}
	for _, rule := range rules {
		what := strings.Join(rule.Verbs, ",") + " " + strings.Join(rule.Resources, ",")
		for _, words := range [][]string{rule.Verbs, rule.Resources, rule.APIGroups} {
			for _, word := range words {
				if strings.Contains(word, "*") {
					t.Errorf("%s: a wildcard", what)
				}
			}
		}
		switch {
		case len(rule.ResourceNames) > 0:
		case what == "create secrets", what == "create leases", what == "list endpointslices", what == "get namespaces", what == "create events":
		case strings.HasPrefix(what, "list,watch ") && !strings.Contains(what, "secrets"):
		default:
			t.Errorf("%s: not bound to names", what)
		}
	}
}

// What only options need is in roles of its own, so that it can be left out, and each role is bound
// to the webhook.
func TestRightsOfOptions(t *testing.T) {
	rights := map[string][]string{}
	account := only[*corev1.ServiceAccount](t)
	isBound := func(kind string, ref rbacv1.RoleRef, subjects []rbacv1.Subject) {
		if len(subjects) != 1 || subjects[0].Name != account.Name || subjects[0].Namespace != account.Namespace || ref.Kind != kind {
			t.Errorf("%s %s is bound to %+v", ref.Kind, ref.Name, subjects)
		}
		rights[kind+" "+ref.Name] = []string{}
	}
	for _, binding := range all[*rbacv1.RoleBinding](t) {
		isBound("Role", binding.RoleRef, binding.Subjects)
	}
	for _, binding := range all[*rbacv1.ClusterRoleBinding](t) {
		isBound("ClusterRole", binding.RoleRef, binding.Subjects)
	}
	add := func(key string, rules []rbacv1.PolicyRule) {
		if rights[key] == nil {
			t.Errorf("%s is not bound", key)
		}
		for _, rule := range rules {
			rights[key] = append(rights[key], rule.Resources...)
		}
	}
	for _, role := range all[*rbacv1.Role](t) {
		add("Role "+role.Name, role.Rules)
	}
	for _, role := range all[*rbacv1.ClusterRole](t) {
		add("ClusterRole "+role.Name, role.Rules)
	}
	delete(rights, "ClusterRole fargate-webhook") // TestRightsFollowTheKindsThatAreLookedUp
	want := map[string][]string{
		"Role fargate-webhook":                     {"secrets", "secrets", "roles", "configmaps", "events", "deployments", "leases", "leases"},
		"Role fargate-webhook-registration":        {"endpointslices", "configmaps"},
		"ClusterRole fargate-webhook-registration": {"mutatingwebhookconfigurations", "validatingwebhookconfigurations", "clusterroles"},
		"ClusterRole fargate-webhook-pending-pods": {"pods", "namespaces", "events"},
		"ClusterRole fargate-webhook-inventory":    {"pods"},
	}
	if diff := cmp.Diff(want, rights); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What CloudFormation and Terraform create grants the same as the documents in iam/.
func TestIAMByOtherTools(t *testing.T) {
	var template struct {
		Resources map[string]struct {
			Properties struct {
				AssumeRolePolicyDocument map[string]string
				Policies                 []struct{ PolicyDocument map[string]string }
			}
		}
	}
	decodeYAML(t, filepath.Join("iam", "cloudformation.yaml"), &template)
	role := template.Resources["Role"].Properties
	if len(role.Policies) != 1 {
		t.Fatalf("the template has %+v", template)
	}
	substitute := strings.NewReplacer(
		"${AWS::Partition}", "aws", "${AWS::AccountId}", "111122223333", "${AWS::Region}", "us-west-2", "${ClusterName}", "my-cluster",
		"${OidcProvider}", "oidc.eks.us-west-2.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
	)
	for name, text := range map[string]string{"trust-policy.json": role.AssumeRolePolicyDocument["Fn::Sub"], "policy.json": role.Policies[0].PolicyDocument["Fn::Sub"]} {
		content, err := os.ReadFile(filepath.Join("iam", name))
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := errors.Join(json.Unmarshal(content, &want), json.Unmarshal([]byte(substitute.Replace(text)), &got)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-%s +cloudformation.yaml:\n%s", name, diff)
		}
	}
	terraform, err := os.ReadFile(filepath.Join("terraform", "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"eks:ListFargateProfiles"`, `"eks:DescribeFargateProfile"`, `}:cluster/${var.cluster_name}"`, `}:fargateprofile/${var.cluster_name}/*/*"`, `"system:serviceaccount:${local.namespace}:fargate-webhook"`} {
		if strings.Count(string(terraform), want) != 1 || strings.Count(string(terraform), `"eks:`) != 2 {
			t.Errorf("main.tf must have %s once, and two actions of EKS", want)
		}
	}
}

func TestIAM(t *testing.T) {
	type document struct {
		Version   string
		Statement []struct {
			Sid, Effect, Action, Resource string
			Principal                     map[string]string
			Condition                     map[string]map[string]string
		}
	}
	read := func(name string) document {
		file, err := os.Open(filepath.Join("iam", name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close() //nolint:errcheck // read only
		decoder := json.NewDecoder(file)
		decoder.DisallowUnknownFields()
		var parsed document
		if err := decoder.Decode(&parsed); err != nil || parsed.Version != "2012-10-17" {
			t.Fatalf("%s: version %q, %v", name, parsed.Version, err)
		}
		return parsed
	}
	// F8.1
	want := map[string]string{"eks:ListFargateProfiles": ":cluster/my-cluster", "eks:DescribeFargateProfile": ":fargateprofile/my-cluster/*/*"}
	policy := read("policy.json")
	if len(policy.Statement) != len(want) {
		t.Errorf("%d statements; want %d", len(policy.Statement), len(want))
	}
	for _, statement := range policy.Statement {
		suffix, known := want[statement.Action]
		if !known || statement.Effect != "Allow" || statement.Resource != "arn:aws:eks:us-west-2:111122223333"+suffix {
			t.Errorf("statement %+v", statement)
		}
		delete(want, statement.Action)
	}
	if len(want) > 0 {
		t.Errorf("not granted: %v", want)
	}
	account := only[*corev1.ServiceAccount](t)
	trust := read("trust-policy.json").Statement[0]
	subject := "system:serviceaccount:" + account.Namespace + ":" + account.Name
	bound := false
	for key, value := range trust.Condition["StringEquals"] {
		bound = bound || strings.HasSuffix(key, ":sub") && value == subject
	}
	if !bound || trust.Action != "sts:AssumeRoleWithWebIdentity" {
		t.Errorf("trust %+v; want it bound to %s", trust, subject)
	}
}

// checkSpread checks that replicas prefer nodes and zones of their own, and get a node before the
// pods that wait for them.
func checkSpread(t *testing.T, deployment *appsv1.Deployment) {
	t.Helper()
	spec, selector := &deployment.Spec.Template.Spec, deployment.Spec.Selector.MatchLabels
	if spec.PriorityClassName != "system-cluster-critical" {
		t.Errorf("priority class %q", spec.PriorityClassName)
	}
	apart := spec.Affinity.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution
	if len(apart) != 1 || apart[0].PodAffinityTerm.TopologyKey != corev1.LabelHostname || !maps.Equal(apart[0].PodAffinityTerm.LabelSelector.MatchLabels, selector) {
		t.Errorf("anti-affinity %+v", apart)
	}
	zones := spec.TopologySpreadConstraints
	if len(zones) != 1 || zones[0].TopologyKey != corev1.LabelTopologyZone || zones[0].WhenUnsatisfiable != corev1.ScheduleAnyway || !maps.Equal(zones[0].LabelSelector.MatchLabels, selector) {
		t.Errorf("topology spread constraints %+v", zones)
	}
}
