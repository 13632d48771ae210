package deploy

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/deploy/helm"
	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules"
	objectrules "fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"
	"fargate-webhook/policy/file"
	"fargate-webhook/profiles"
)

// ownNamespace is where tests render the chart for: not the namespace of deploy/manifests.
const ownNamespace = "platform"

// valueSets returns the names of the sets of values in testdata.
func valueSets(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "values", "*.yaml"))
	if err != nil || len(files) < 10 {
		t.Fatalf("there are %v, %v; want at least ten sets of values", files, err)
	}
	var names []string
	for _, name := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(name), ".yaml"))
	}
	return names
}

// found is Helm and the root of the repository, found once for all tests.
var found = sync.OnceValues(func() (*helm.Helm, error) {
	root, err := filepath.Abs("..")
	if err != nil {
		return nil, err
	}
	return helm.Find(context.Background(), root)
})

// findHelm returns Helm and the root of the repository.
func findHelm(t *testing.T) (tool *helm.Helm, root string) {
	t.Helper()
	tool, err := found()
	if err != nil {
		t.Fatal(err)
	}
	return tool, tool.Root()
}

// values returns the file of a set of values.
func values(root, set string) string {
	return filepath.Join(root, "deploy", "testdata", "values", set+".yaml")
}

// render renders the chart with a set of values.
func render(t *testing.T, set string) []runtime.Object {
	t.Helper()
	return renderWith(t, set, "")
}

// renderWith renders the chart with a set of values, and more values as YAML.
func renderWith(t *testing.T, set, more string) []runtime.Object {
	t.Helper()
	rendered, err := tryRender(t, set, more)
	if err != nil {
		t.Fatal(err)
	}
	var objects []runtime.Object
	for template, contents := range rendered {
		for _, content := range contents {
			objects = append(objects, decode(t, template, []byte(content))...)
		}
	}
	return objects
}

// tryRender returns what Helm makes of a set of values, and more values as YAML.
func tryRender(t *testing.T, set, more string) (helm.Rendered, error) {
	t.Helper()
	tool, root := findHelm(t)
	args := []string{"--values", values(root, set)}
	if more != "" {
		name := filepath.Join(t.TempDir(), "more.yaml")
		if err := os.WriteFile(name, []byte(more), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--values", name)
	}
	return tool.Render(t.Context(), ownNamespace, args...)
}

// Each set of values renders objects without unknown fields, with our labels, in the namespace of
// the release, and with nothing that our own rules refuse.
func TestChart(t *testing.T) {
	for _, set := range valueSets(t) {
		t.Run(set, func(t *testing.T) {
			objects := render(t, set)
			for _, object := range objects {
				checkObject(t, object)
			}
			deployment := one[*appsv1.Deployment](t, objects)
			checkPlacement(t, objects, deployment)
			checkReferences(t, objects, deployment)
			checkPolicy(t, objects)
		})
	}
}

// one returns the one object of a type.
func one[T runtime.Object](t *testing.T, objects []runtime.Object) T {
	t.Helper()
	var found []T
	for _, object := range objects {
		if o, ok := object.(T); ok {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d objects of type %T; want one", len(found), *new(T))
	}
	return found[0]
}

// clusterScoped are the kinds of the chart that have no namespace.
var clusterScoped = map[string]bool{"ClusterRole": true, "ClusterRoleBinding": true}

func checkObject(t *testing.T, object runtime.Object) {
	t.Helper()
	accessor, err := meta.Accessor(object)
	if err != nil {
		t.Fatal(err)
	}
	kind := object.GetObjectKind().GroupVersionKind().Kind
	if accessor.GetLabels()["app.kubernetes.io/name"] != "fargate-webhook" {
		t.Errorf("%s %s: labels %v", kind, accessor.GetName(), accessor.GetLabels())
	}
	want := ownNamespace
	if clusterScoped[kind] {
		want = ""
	}
	if accessor.GetNamespace() != want {
		t.Errorf("%s %s: namespace %q, want %q", kind, accessor.GetName(), accessor.GetNamespace(), want)
	}
	if len(accessor.GetOwnerReferences()) > 0 || accessor.GetAnnotations()["helm.sh/hook"] != "" {
		t.Errorf("%s %s: owners or hooks", kind, accessor.GetName())
	}
}

// checkPlacement checks where a Fargate profile of the release's namespace places the pods, and
// what our rules find in all objects.
func checkPlacement(t *testing.T, objects []runtime.Object, deployment *appsv1.Deployment) {
	t.Helper()
	index := profiles.NewIndex([]profiles.Profile{{
		Name: "own", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: ownNamespace}},
	}})
	p := policy.Default()
	spread := len(deployment.Spec.Template.Spec.TopologySpreadConstraints) > 0
	onEC2 := deployment.Spec.Template.Annotations["eks.amazonaws.com/compute-type"] == "ec2"
	for _, object := range objects {
		decision := fargate.Decide(object, fargate.Request{Operation: fargate.OperationCreate, Namespace: ownNamespace}, index, &p)
		for _, f := range decision.Findings {
			// A NetworkPolicy alone doesn't say that its pods run on nodes that enforce it.
			expected := f.Rule == rules.TopologySpread.ID && spread || f.Rule == objectrules.NetworkPolicy.ID && onEC2
			if f.Action != policy.Warn || !expected {
				t.Errorf("%T: %+v", object, f)
			}
		}
		if object != runtime.Object(deployment) {
			continue
		}
		if decision.Placement.Fargate == onEC2 || len(decision.Patch) != 0 {
			t.Errorf("placement %+v, patch %+v", decision.Placement, decision.Patch)
		}
		if !onEC2 && (decision.Size == nil || decision.Size.String() != "0.25 vCPU / 512Mi") {
			t.Errorf("size %v; want 0.25 vCPU and 0.5 GB", decision.Size)
		}
	}
}

// checkReferences checks that selectors select the pods, and that the ConfigMaps which the pods
// mount are there, and the command isn't set.
func checkReferences(t *testing.T, objects []runtime.Object, deployment *appsv1.Deployment) {
	t.Helper()
	maps := map[string]bool{"our-policy": true} // of the set extras
	for _, object := range objects {
		switch o := object.(type) {
		case *corev1.ConfigMap:
			maps[o.Name] = true
		case *corev1.Service:
			if len(o.Spec.Selector) != 1 || o.Spec.Selector["app.kubernetes.io/name"] != deployment.Spec.Template.Labels["app.kubernetes.io/name"] {
				t.Errorf("Service %s selects %v", o.Name, o.Spec.Selector)
			}
		}
	}
	if selector, err := metav1.LabelSelectorAsSelector(deployment.Spec.Selector); err != nil || selector.String() != "app.kubernetes.io/name=fargate-webhook" {
		t.Errorf("the Deployment selects %v, %v", selector, err)
	}
	pod := deployment.Spec.Template.Spec
	mounted := map[string]string{}
	for _, mount := range pod.Containers[0].VolumeMounts {
		mounted[mount.Name] = mount.MountPath
	}
	for i := range pod.Volumes {
		volume := &pod.Volumes[i]
		if mounted[volume.Name] == "" || volume.ConfigMap != nil && !maps[volume.ConfigMap.Name] {
			t.Errorf("volume %s is mounted at %q, of ConfigMap %v", volume.Name, mounted[volume.Name], volume.ConfigMap)
		}
		delete(mounted, volume.Name)
	}
	if len(mounted) > 0 || pod.Containers[0].Command != nil {
		t.Errorf("mounts without volumes %v, command %v", mounted, pod.Containers[0].Command)
	}
}

// checkPolicy checks that the program reads the policy.
func checkPolicy(t *testing.T, objects []runtime.Object) {
	t.Helper()
	for _, object := range objects {
		if m, ok := object.(*corev1.ConfigMap); ok && m.Name == "fargate-webhook-policy" {
			if _, err := file.Parse("policy.yaml", []byte(m.Data["policy.yaml"]), fargate.Vocabulary()); err != nil {
				t.Errorf("%v\n%s", err, m.Data["policy.yaml"])
			}
		}
	}
}
