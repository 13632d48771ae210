package deploy

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
	"fargate-webhook/policy/file"
	"fargate-webhook/profiles"
)

// The policy in the manifests, for editing, is the default one.
func TestPolicyIsTheDefault(t *testing.T) {
	got, err := file.Load(filepath.Join("manifests", "policy.yaml"), fargate.Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	want := policy.Default()
	explicit(&want.Settings)
	explicit(&got.Settings)
	same := cmp.Comparer(func(a, b profiles.Pattern) bool { return a == b })
	if diff := cmp.Diff(want, got, same, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-default +deploy/manifests/policy.yaml:\n%s", diff)
	}
}

// explicit sets the action of every rule, and a minimum of 0, where settings leave them out.
func explicit(s *policy.Settings) {
	actions := map[policy.RuleID]policy.Action{}
	for _, rule := range catalog.All() {
		actions[rule.ID] = rule.Action(s)
	}
	s.Rules, s.Minimum = actions, sizing.AmountIn(s.Minimum).List()
}

// The webhook reads the policy where the ConfigMap that the kustomization makes is mounted, and
// can't write there.
func TestPolicyIsMounted(t *testing.T) {
	var kustomization struct {
		ConfigMapGenerator []struct {
			Name, Namespace string
			Files           []string
		}
	}
	decodeYAML(t, filepath.Join("manifests", "kustomization.yaml"), &kustomization)
	deployment := only[*appsv1.Deployment](t)
	spec := deployment.Spec.Template.Spec
	if len(kustomization.ConfigMapGenerator) != 1 || len(spec.Volumes) != 1 || len(spec.Containers[0].VolumeMounts) != 1 {
		t.Fatalf("generators %+v, volumes %+v", kustomization.ConfigMapGenerator, spec.Volumes)
	}
	made, mount := kustomization.ConfigMapGenerator[0], spec.Containers[0].VolumeMounts[0]
	want := corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: made.Name}}}
	if diff := cmp.Diff(want, spec.Volumes[0].VolumeSource); diff != "" || made.Namespace != deployment.Namespace {
		t.Errorf("the ConfigMap is made as %s in %s, mounted is (-want +got):\n%s", made.Name, made.Namespace, diff)
	}
	if !mount.ReadOnly || mount.Name != spec.Volumes[0].Name {
		t.Errorf("mount %+v", mount)
	}
	argument := "--config=" + mount.MountPath + "/" + made.Files[0]
	if args := strings.Join(spec.Containers[0].Args, " "); !strings.Contains(args+" ", argument+" ") {
		t.Errorf("the arguments are %q; want %s among them", args, argument)
	}
}
