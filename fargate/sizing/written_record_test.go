package sizing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
)

// The record is what encoding/json writes, with container names that need escapes too.
func TestLawRecordIsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		for _, containers := range [2][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
			for i := range containers {
				containers[i].Name += rapid.SampledFrom([]string{"", "", `"`, "\\", "\x00", "é", "<&>", "\n"}).Draw(t, "name")
			}
		}
		pod.Name = rapid.SampledFrom([]string{"", "web", `w"eb`}).Draw(t, "pod")
		if rapid.Bool().Draw(t, "managed") {
			now := metav1.NewTime(time.Unix(1e9, 0))
			pod.ManagedFields = []metav1.ManagedFieldsEntry{{Time: &now}}
		}
		terms := drawTerms(t)
		a, ok := terms.allot(&pod.Spec)
		if !ok {
			t.Skip("no size")
		}
		got := terms.recordText(&pod.ObjectMeta, &pod.Spec, Requested(&pod.Spec), a, rapid.Bool().Draw(t, "cut"))
		var written writtenRecord
		fargatetest.Decode(t, []byte(got), &written)
		if want := string(fargatetest.JSON(t, written)); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		if _, ok := written.read(); !ok {
			t.Fatalf("can't be read: %s", got)
		}
		if len(written.Containers) != len(pod.Spec.InitContainers)+len(pod.Spec.Containers) {
			t.Fatalf("%d containers: %s", len(written.Containers), got)
		}
	})
}

// A record of another admission is not parsed beyond its texts, and an endless quantity in one of
// this admission doesn't keep a core busy: parsing it would hang this test.
func TestRecordWithEndlessQuantities(t *testing.T) {
	for _, text := range []string{"1e-2147483647", "1e2147483647", strings.Repeat("9", 60000)} {
		for _, field := range []string{`"requests":{"cpu":%q}`, `"set":{"limits":{"memory":%q}}`} {
			pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{fargatetest.Container("a", "1", "", "1Gi", "")}}}
			pod.Annotations = map[string]string{RecordAnnotation: `{"policy":"Fit","cut":true,"containers":{"a":{` + fmt.Sprintf(field, text) + `}}}`}
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
	f.Add(`{"policy":"Fit","containers":{"a":{"requests":{"cpu":"1e-2147483647"},"set":{"requests":{"cpu":"1"}}}}}`)
	f.Add(`{"policy":"Fit","containers":null}`)
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
