package lookups

import (
	"fmt"
	"maps"
	"reflect"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/policy"
)

// setOf returns a ReplicaSet of such pods, which lack the label of their profile.
func setOf(pod *corev1.Pod) *appsv1.ReplicaSet {
	template := corev1.PodTemplateSpec{ObjectMeta: *pod.ObjectMeta.DeepCopy(), Spec: *pod.Spec.DeepCopy()}
	unlabel(&template)
	selector := &metav1.LabelSelector{MatchLabels: maps.Clone(template.Labels)}
	return &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: appsv1.ReplicaSetSpec{Selector: selector, Template: template}}
}

// unlabel takes the label of the profile from a template, and adds that by which a Service asks.
func unlabel(template *corev1.PodTemplateSpec) {
	if template.Labels[fixtures.Label] == fixtures.Value {
		delete(template.Labels, fixtures.Label)
	}
	metav1.SetMetaDataLabel(&template.ObjectMeta, asked, "yes")
}

// policies are those under which templates are compared.
func policies() map[string]policy.Policy {
	all := map[string]policy.Policy{}
	for _, resources := range []policy.Resources{policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits, policy.ResourcesOff} {
		for _, joins := range []policy.LabelJoins{policy.LabelJoinsWithhold, policy.LabelJoinsAllow} {
			p := policy.Default()
			p.Resources, p.LabelJoins = resources, joins
			all[fmt.Sprintf("resources %s, labelJoins %s", resources, joins)] = p
		}
	}
	return all
}

// What is left of a template decides as the whole one does where its pods run, for the fixtures of
// every rule, and without the other objects of a fixture: a rule that looks at one more field needs
// it to be kept. The webhook asks where such pods run when a Service selects them. So does the law,
// for both; and the workload that is applied runs its pods there too.
func TestLawTrimmedTemplatesDecideAlike(t *testing.T) {
	withheld, known := map[string]bool{}, 0
	for _, f := range fixtures.All() {
		var set runtime.Object
		switch o := f.Object.(type) {
		case *corev1.Pod:
			if f.Old != nil || f.Ephemeral {
				continue // nothing that a template says
			}
			set = setOf(o)
		case *appsv1.StatefulSet:
			stateful := o.DeepCopy()
			unlabel(&stateful.Spec.Template)
			set = stateful
		default:
			continue
		}
		known++
		t.Run(f.Rule+"/"+f.Name, func(t *testing.T) {
			trimmed, err := trim(set)
			if err != nil {
				t.Fatal(err)
			}
			for name, p := range policies() {
				for _, in := range []placedIn{{f.Cluster, p}, {nil, p}} {
					applied, whole, left := in.pods(t, set), in.service(t, set), in.service(t, trimmed)
					if applied.Fargate != whole.Placement.Fargate || !reflect.DeepEqual(whole, left) {
						t.Errorf("%s, %d others: applied %+v\nwhole   %+v\ntrimmed %+v", name, len(in.others), applied, whole, left)
					}
					if applied.Withheld != nil && !left.Placement.Fargate {
						withheld[f.Rule] = true
					}
				}
			}
		})
	}
	for _, rule := range catalog.All() {
		switch rule {
		case rules.ProfilePin, rules.LabelsMissing, rules.LabelAdopted, rules.Resize, rules.NodeSelection:
			continue // not about what a template holds, or answered before labels are
		}
		if keepsOff := rule.Default == policy.Deny || rule == rules.KubeletPort || rule == rules.LocalhostProfile || rule == rules.LimitAboveSize; rule.Check.Pod != nil && keepsOff && !withheld[string(rule.ID)] {
			t.Errorf("no fixture of rule %s has a trimmed template that stays off Fargate", rule.ID)
		}
	}
	if known < 100 {
		t.Errorf("only %d fixtures are templates", known)
	}
}

// The resources of many small containers count together, and those of a pod that is small aren't
// kept.
func TestTrimmedResources(t *testing.T) {
	pod := func(count int, cpu string) *corev1.Pod {
		pod := fixtures.Pod()
		pod.Spec.Containers = nil
		for range count {
			pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "c", Image: "c", Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{"cpu": resource.MustParse(cpu)},
			}})
		}
		return pod
	}
	for name, c := range map[string]struct {
		pod     *corev1.Pod
		kept    int
		fargate bool
	}{
		"small":          {pod(4, "1"), 0, true},
		"large":          {pod(3, "4"), 3, true},
		"too large":      {pod(5, "4"), 5, false},
		"many too large": {pod(40, "500m"), 40, false},
	} {
		t.Run(name, func(t *testing.T) {
			trimmed, err := trim(setOf(c.pod))
			kept, ok := trimmed.(*cluster.ReplicaSet)
			if err != nil || !ok {
				t.Fatal(trimmed, err)
			}
			if got := len(kept.PodSpec.Containers); got != c.kept {
				t.Errorf("%d containers kept, want %d", got, c.kept)
			}
			if place := (placedIn{nil, policy.Default()}).service(t, kept).Placement; place.Fargate != c.fargate {
				t.Errorf("placement %+v", place)
			}
		})
	}
}
