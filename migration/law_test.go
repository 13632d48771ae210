package migration_test

import (
	"encoding/json"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/scan"
	"fargate-webhook/kinds"
	"fargate-webhook/migration"
	"fargate-webhook/policy"
)

// pods generates pods with some of what notes are about.
func pods() *rapid.Generator[*corev1.Pod] {
	return rapid.Custom(func(t *rapid.T) *corev1.Pod {
		pod := &corev1.Pod{Spec: *fargatetest.PodSpecs(1, 5).Draw(t, "spec")}
		image := rapid.SampledFrom([]string{"app", "fluent-bit:3", "gcr.io/datadog/agent", "filebeat@sha256:0", "", ":", "/"})
		for _, list := range [2][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
			for i := range list {
				list[i].Image = image.Draw(t, "image")
			}
		}
		maybe := func(change func()) {
			if rapid.Bool().Draw(t, "has it") {
				change()
			}
		}
		maybe(func() { pod.Spec.SchedulerName = "fargate-scheduler" })
		maybe(func() { pod.Labels = map[string]string{"eks.amazonaws.com/fargate-profile": "a", "app": "fluent-bit"} })
		maybe(func() { pod.Spec.NodeSelector = map[string]string{"eks.amazonaws.com/compute-type": "fargate"} })
		maybe(func() { pod.Spec.PriorityClassName = "high" })
		return pod
	})
}

func noted(pod *corev1.Pod, to migration.Target) []rules.Finding {
	meta := &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: pod.ObjectMeta}
	return migration.Find(migration.Subject{Meta: meta, Object: pod, OnFargate: true}, to)
}

// said is what a finding says, whatever the places of containers in their lists.
type said struct {
	rule                     policy.RuleID
	message, remedy          string
	severity                 rules.Severity
	places                   int
	denies, refusesItsOwnPod bool
}

func saidOf(found []rules.Finding) []said {
	list := make([]said, len(found))
	for i := range found {
		f := &found[i]
		list[i] = said{f.Rule, f.Message, f.Remedy, f.Severity, max(len(f.Fields), 1), f.Action == policy.Deny, f.PodsRefused}
	}
	return list
}

// The order of containers changes nothing but the fields, and nothing is ever denied.
func TestOrderLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, to := pods().Draw(t, "pod"), rapid.SampledFrom(migration.Targets).Draw(t, "target")
		other := pod.DeepCopy()
		other.Spec.Containers = rapid.Permutation(other.Spec.Containers).Draw(t, "containers")
		a, b := saidOf(noted(pod, to)), saidOf(noted(other, to))
		if !slices.Equal(a, b) {
			t.Errorf("%+v\n%+v", a, b)
		}
		if slices.ContainsFunc(a, func(s said) bool { return s.denies || s.refusesItsOwnPod }) {
			t.Errorf("denied: %+v", a)
		}
	})
}

// A check changes nothing in the object, and the same object has the same notes again.
func TestPureLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, to := pods().Draw(t, "pod"), rapid.SampledFrom(migration.Targets).Draw(t, "target")
		before, err := json.Marshal(pod)
		if err != nil {
			t.Fatal(err)
		}
		first, second := saidOf(noted(pod, to)), saidOf(noted(pod, to))
		after, err := json.Marshal(pod)
		if err != nil {
			t.Fatal(err)
		}
		if string(before) != string(after) || !slices.Equal(first, second) {
			t.Errorf("%s\n%s", before, after)
		}
	})
}

// FuzzFind takes any object of a kind that is judged or looked up, or the metadata of another: there
// is no panic, and each finding is one of a note, with texts of bounded length.
func FuzzFind(f *testing.F) {
	for _, tt := range allCases() {
		meta, object := read(f, tt.object)
		data, err := json.Marshal(object)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(meta.APIVersion, meta.Kind, data, true)
	}
	f.Add("v1", "ReplicationController", []byte(`{"spec":{}}`), true)
	f.Add("v1", "Pod", []byte(`{"spec":{"containers":[{"resources":{"requests":{"memory":"1e2000000"}}}],"affinity":{"nodeAffinity":{}}}}`), true)
	f.Fuzz(func(t *testing.T, apiVersion, kind string, data []byte, onFargate bool) {
		s := migration.Subject{Meta: &metav1.PartialObjectMetadata{}, OnFargate: onFargate}
		if json.Unmarshal(data, s.Meta) != nil {
			s.Meta = &metav1.PartialObjectMetadata{}
		}
		s.Meta.APIVersion, s.Meta.Kind = apiVersion, kind
		if k := kinds.Find(apiVersion, kind); k != nil {
			s.Object = k.New()
		} else if k := cluster.Find(apiVersion, kind); k != nil {
			s.Object = k.New()
		}
		// As a review, which decodes no quantity that takes minutes (S41).
		if s.Object != nil && (scan.ShapeOf(s.Object, nil).Values(data) != nil || json.Unmarshal(data, s.Object) != nil) {
			return
		}
		for _, to := range migration.Targets {
			for _, found := range migration.Find(s, to) {
				if migration.ByID(found.Rule) == nil || found.Field == "" || len(found.Message)+len(found.Remedy) > 4<<10 {
					t.Errorf("%+v", found)
				}
			}
		}
	})
}
