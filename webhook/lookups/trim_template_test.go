package lookups

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// placeOf returns where the pods of a workload in the namespace of the fixtures run.
func placeOf(t *testing.T, workload any, others []runtime.Object, resources policy.Resources) placement.Placement {
	t.Helper()
	object, ok := workload.(runtime.Object)
	if !ok {
		t.Fatalf("%T", workload)
	}
	reader := &fargatetest.Cluster{}
	for _, other := range others {
		o, ok := other.DeepCopyObject().(metav1.Object)
		if !ok {
			t.Fatalf("%T", other)
		}
		switch o.(type) {
		case *corev1.PersistentVolumeClaim, *corev1.Service:
			o.SetNamespace(fixtures.Namespace)
		}
		reader.Objects = append(reader.Objects, o)
	}
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile(fixtures.Profile, fargatetest.Selects(fixtures.Namespace, fixtures.Label, fixtures.Value))})
	p := policy.Default()
	p.Resources = resources
	return fargate.Decide(object, fargate.Request{Operation: fargate.OperationCreate, Namespace: fixtures.Namespace, Cluster: reader}, index, &p).Placement
}

// setOf returns a ReplicaSet of such pods, which lack the label of their profile.
func setOf(pod *corev1.Pod) *appsv1.ReplicaSet {
	template := corev1.PodTemplateSpec{ObjectMeta: *pod.ObjectMeta.DeepCopy(), Spec: *pod.Spec.DeepCopy()}
	if template.Labels[fixtures.Label] == fixtures.Value {
		delete(template.Labels, fixtures.Label)
	}
	return &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: appsv1.ReplicaSetSpec{Template: template}}
}

// judged returns what is kept of a ReplicaSet as one that can be judged.
func judged(kept *cluster.ReplicaSet) *appsv1.ReplicaSet {
	template := corev1.PodTemplateSpec{ObjectMeta: kept.PodMeta, Spec: *kept.PodSpec}
	return &appsv1.ReplicaSet{ObjectMeta: kept.ObjectMeta, Spec: appsv1.ReplicaSetSpec{Selector: kept.Selector, Template: template}}
}

// What is left of a template decides as the whole one does where its pods run, for the fixtures of
// every rule: a rule that looks at one more field needs it to be kept.
func TestLawTrimmedTemplatesDecideAlike(t *testing.T) {
	withheld, known := map[string]bool{}, 0
	for _, f := range fixtures.All() {
		var set any
		switch o := f.Object.(type) {
		case *corev1.Pod:
			if f.Old != nil || f.Ephemeral {
				continue // nothing that a template says
			}
			set = setOf(o)
		case *appsv1.StatefulSet:
			stateful := o.DeepCopy()
			delete(stateful.Spec.Template.Labels, fixtures.Label)
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
			if kept, is := trimmed.(*cluster.ReplicaSet); is {
				trimmed = judged(kept)
			}
			for _, resources := range []policy.Resources{policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits, policy.ResourcesOff} {
				whole, left := placeOf(t, set, f.Cluster, resources), placeOf(t, trimmed, f.Cluster, resources)
				if whole.Fargate != left.Fargate || (whole.Withheld == nil) != (left.Withheld == nil) || whole.KeptOff != left.KeptOff {
					t.Errorf("resources %s: whole  %+v\ntrimmed %+v", resources, whole, left)
				}
				if left.Withheld != nil {
					withheld[f.Rule] = true
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
			set := judged(kept)
			if got := len(set.Spec.Template.Spec.Containers); got != c.kept {
				t.Errorf("%d containers kept, want %d", got, c.kept)
			}
			if place := placeOf(t, set, nil, policy.ResourcesFit); place.Fargate != c.fargate {
				t.Errorf("placement %+v", place)
			}
		})
	}
}
