package file_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
	"fargate-webhook/policy/file"
	"fargate-webhook/profiles"
)

// everywhere returns a profile that selects pods with the label run: on-fargate, in every
// namespace.
func everywhere() *profiles.Index {
	return profiles.NewIndex([]profiles.Profile{{
		Name: "all", Status: profiles.StatusActive,
		Selectors: []profiles.Selector{{Namespace: "*", Labels: map[string]string{"run": "on-fargate"}}},
	}})
}

func parsed(t *testing.T, text string) policy.Policy {
	t.Helper()
	p, err := file.Parse("p.yaml", []byte(head+text), fargate.Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pod returns a pod without the label of the profile and without resources.
func pod() *corev1.Pod {
	return &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a"}}}}
}

// nodePort returns a Service that is refused if it selects pods on Fargate.
func nodePort() *corev1.Service {
	return &corev1.Service{Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Selector: map[string]string{"run": "on-fargate"}}}
}

// pinned returns a workload whose pods are refused: the profile that they name doesn't exist.
func pinned() *appsv1.Deployment {
	d := &appsv1.Deployment{}
	d.Spec.Template = corev1.PodTemplateSpec{Spec: pod().Spec}
	d.Spec.Template.Labels = map[string]string{placement.ProfileLabel: "none"}
	return d
}

// outcome returns a decision in a few words: the parts of the patch, then rules and actions.
func outcome(d *fargate.Decision) string {
	var parts []string
	for _, operation := range d.Patch {
		for _, part := range []string{"labels", "resources", "annotations"} {
			if strings.Contains(operation.Path, "/"+part) {
				parts = append(parts, part)
			}
		}
	}
	for _, f := range d.Findings {
		parts = append(parts, string(f.Rule)+":"+string(f.Action))
	}
	return strings.Join(parts, " ")
}

const byNamespace = `
rules: {node-port: Warn}
namespaces:
  - {match: team-a, resources: Off}
  - {match: "team-*", labels: Off, workloads: Deny, rules: {profile-pin: Warn}}
  - {match: "quiet-?", rules: {node-port: Off, profile-pin: Off}}
  - {match: "loud-*", workloads: Off, rules: {node-port: Deny}}
`

// The first entry of namespaces that matches wins. What it doesn't set is as for the cluster.
func TestNamespaces(t *testing.T) {
	p := parsed(t, byNamespace)
	const changed = "labels resources annotations"
	for namespace, want := range map[string]struct{ pod, service, deployment string }{
		"web":     {changed, "node-port:Warn", "profile-pin:Warn"},
		"team-a":  {"labels", "node-port:Warn", "profile-pin:Warn"},
		"team-b":  {"", "node-port:Warn", "profile-pin:Warn"},
		"quiet-1": {changed, "", ""},
		"quiet-":  {changed, "node-port:Warn", "profile-pin:Warn"},
		"loud-1":  {changed, "node-port:Deny", ""},
	} {
		for _, c := range []struct {
			object runtime.Object
			want   string
		}{{pod(), want.pod}, {nodePort(), want.service}, {pinned(), want.deployment}} {
			d := fargate.Decide(c.object, fargate.Request{Operation: fargate.OperationCreate, Namespace: namespace}, everywhere(), &p)
			if got := outcome(&d); got != c.want {
				t.Errorf("%T in %s: %q, want %q", c.object, namespace, got, c.want)
			}
		}
	}
}

// workloads is the action for findings that deny, not for warnings.
func TestWorkloads(t *testing.T) {
	for text, want := range map[string]string{
		"":                "profile-pin:Warn",
		"workloads: Deny": "profile-pin:Deny",
		"workloads: Off":  "",
		"workloads: Deny\nrules: {profile-pin: Warn}": "profile-pin:Warn",
	} {
		p := parsed(t, text)
		d := fargate.Decide(pinned(), fargate.Request{Operation: fargate.OperationCreate, Namespace: "web"}, everywhere(), &p)
		if got := outcome(&d); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A request of an exempt user or group, or in an exempt namespace, is neither changed nor refused.
// The namespaces of the file are added to the default ones, and "!" removes one of these (S34).
func TestExempt(t *testing.T) {
	const people = `exempt: {usernames: ["system:serviceaccount:ops:*", kim], groups: ["break-glass*"]}`
	const places = `exempt: {namespaces: [ops, "team-?"]}`
	for name, c := range map[string]struct {
		text    string
		request fargate.Request
		exempt  bool
	}{
		"nobody":                      {people, fargate.Request{Namespace: "web"}, false},
		"a user":                      {people, fargate.Request{Namespace: "web", User: "kim"}, true},
		"another user":                {people, fargate.Request{Namespace: "web", User: "kimberly"}, false},
		"a user by wildcard":          {people, fargate.Request{Namespace: "web", User: "system:serviceaccount:ops:deployer"}, true},
		"a group":                     {people, fargate.Request{Namespace: "web", User: "lee", Groups: []string{"system:authenticated", "break-glass-1"}}, true},
		"another group":               {people, fargate.Request{Namespace: "web", User: "lee", Groups: []string{"system:authenticated"}}, false},
		"a group called as the user":  {people, fargate.Request{Namespace: "web", User: "lee", Groups: []string{"kim"}}, false},
		"default namespaces stay":     {people, fargate.Request{Namespace: "kube-system"}, true},
		"a namespace":                 {places, fargate.Request{Namespace: "ops"}, true},
		"a namespace by wildcard":     {places, fargate.Request{Namespace: "team-a"}, true},
		"another namespace":           {places, fargate.Request{Namespace: "team-10"}, false},
		"default namespaces are kept": {places, fargate.Request{Namespace: "kube-system"}, true},
		"no further ones":             {"exempt: {namespaces: []}", fargate.Request{Namespace: "kube-public"}, true},
		"a default one removed":       {`exempt: {namespaces: [ops, "!kube-system"]}`, fargate.Request{Namespace: "kube-system"}, false},
		"the other default ones stay": {`exempt: {namespaces: [ops, "!kube-system"]}`, fargate.Request{Namespace: "kube-public"}, true},
		"added besides a removal":     {`exempt: {namespaces: ["!kube-system", ops]}`, fargate.Request{Namespace: "ops"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := parsed(t, c.text)
			c.request.Operation = fargate.OperationCreate
			for _, object := range []runtime.Object{pod(), nodePort(), pinned()} {
				d := fargate.Decide(object, c.request, everywhere(), &p)
				if got := outcome(&d); d.Exempt != c.exempt || c.exempt && (len(d.Patch) > 0 || strings.Contains(got, "Deny")) {
					t.Errorf("%T: %q, exempt: %v, want %v", object, got, d.Exempt, c.exempt)
				}
			}
		})
	}
}

// Exemptions go by the namespace of the request (S22).
func TestExemptGoesByTheRequest(t *testing.T) {
	p := parsed(t, "exempt: {namespaces: [ops]}")
	object := pod()
	object.ObjectMeta = metav1.ObjectMeta{Namespace: "ops"}
	d := fargate.Decide(object, fargate.Request{Operation: fargate.OperationCreate, Namespace: "web"}, everywhere(), &p)
	if outcome(&d) == "" {
		t.Error("the namespace of the object exempts it")
	}
}
