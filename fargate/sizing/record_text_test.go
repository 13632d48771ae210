package sizing

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
)

// A record is read as it was written, with container names that need escapes too, and needs none in
// JSON.
func TestLawRecordIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		for _, containers := range [2][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
			for i := range containers {
				containers[i].Name += rapid.SampledFrom([]string{"", "", `"`, "\\", "\x00", "é", "<&>", "\n", "=", " ", "a=1,", "%", "+", "\xff"}).Draw(t, "name")
			}
		}
		terms := drawTerms(t)
		a, ok := terms.allot(&pod.Spec)
		if !ok || a.all() == 0 {
			t.Skip("no size, or nothing to record")
		}
		admission := rapid.SampledFrom([]string{"", "sz8k3mXk0w"}).Draw(t, "admission")
		cut := rapid.Bool().Draw(t, "cut")
		text := terms.recordText(admission, &pod.Spec, a, cut)
		if quoted := string(fargatetest.JSON(t, text)); quoted != `"`+text+`"` {
			t.Fatalf("%s has escapes", quoted)
		}
		if w, ok := writtenIn(text); !ok || w.admission != admission {
			t.Fatalf("admission %q, %v: %s", w.admission, ok, text)
		}
		r, ok := recordIn(text)
		if !ok || r.policy != terms.policy || r.cut != cut || strings.Contains(text, RecordedCut) != cut || len(r.containers) != len(namedContainers(&pod.Spec)) {
			t.Fatalf("have %+v, %v from %s", r, ok, text)
		}
		for _, c := range namedContainers(&pod.Spec) {
			values := r.containers[c.container.Name]
			final := a.of(c.list, c.index)
			for at, name := range sized {
				if textOf(values.requests, name) != textOf(c.container.Resources.Requests, name) || textOf(values.limits, name) != textOf(c.container.Resources.Limits, name) {
					t.Fatalf("%q stated %+v, not %+v: %s", c.container.Name, c.container.Resources, values, text)
				}
				if values.set[at] != final[at] {
					t.Fatalf("%q was set to %+v, not %+v: %s", c.container.Name, final[at], values.set[at], text)
				}
			}
		}
	})
}

// A record of another admission is not parsed beyond its texts, and an endless quantity in one of
// this admission doesn't keep a core busy: parsing it would hang this test.
func TestRecordWithEndlessQuantities(t *testing.T) {
	for _, text := range []string{"1e-2147483647", "1e2147483647", strings.Repeat("9", 60000)} {
		for _, field := range []string{"a=%s,", "a=,:/%s"} {
			pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{fargatetest.Container("a", "1", "", "1Gi", "")}}}
			pod.Annotations = map[string]string{RecordAnnotation: "Fit! " + fmt.Sprintf(field, text)}
			plan := NewPlan(&pod.ObjectMeta, &pod.Spec, fitTerms())
			if plan.Size == nil || plan.Size.String() != "1 vCPU / 2Gi" {
				t.Errorf("%.20s: size %v", text, plan.Size)
			}
			if cuts := AsAdmitted(&pod.ObjectMeta, &pod.Spec).Cuts; cuts != nil {
				t.Errorf("%.20s: cuts %v", text, cuts)
			}
			if patch := PutBack(pod, pod); patch != nil {
				t.Errorf("%.20s: put back %v", text, patch)
			}
		}
	}
}

// An update that asks for an endless quantity is left to the API server.
func TestPutBackWithEndlessRequest(t *testing.T) {
	old, _ := admitted(t, &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{fargatetest.Container("a", "1", "", "1Gi", "")}}}, fitTerms())
	now := old.DeepCopy()
	now.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse("1e2000000000")
	if patch := PutBack(old, now); patch != nil {
		t.Errorf("patch %v", patch)
	}
}

// FuzzRecord reads any text as the record of a pod: it never panics, and what doesn't explain the
// pod changes nothing.
func FuzzRecord(f *testing.F) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		InitContainers: []corev1.Container{fargatetest.Container("i", "50m", "", "", "")},
		Containers:     []corev1.Container{fargatetest.Container("a", "100m", "", "", "64Mi"), fargatetest.Container("b", "", "2", "", "")},
	}}
	after, _ := admitted(f, pod, fitTerms())
	f.Add(after.Annotations[RecordAnnotation])
	f.Add("Fit a=1e-2147483647/:1,")
	f.Add("Fit x")
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range []*corev1.Pod{pod, after} {
			p = p.DeepCopy()
			p.Annotations = map[string]string{RecordAnnotation: text}
			plan := NewPlan(&p.ObjectMeta, &p.Spec, fitTerms())
			if size, _ := For(Requested(&p.Spec)); plan.Size == nil || plan.Size.Budget().Minus(size.Budget()) != (Amount{}) {
				t.Errorf("the size rose to %v from %v", plan.Size, size)
			}
			AsAdmitted(&p.ObjectMeta, &p.Spec)
			PutBack(p, pod)
		}
	})
}
