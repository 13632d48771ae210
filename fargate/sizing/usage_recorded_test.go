package sizing

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
)

// What an admitted pod is said to have requested is what it requested before admission, and what
// nobody recorded is what it requests.
func TestLawUsageIsOfTheOriginals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod, _ := drawFittable(t)
		if rapid.Bool().Draw(t, "managed") {
			now := metav1.NewTime(time.Unix(1e9, 0))
			pod.ManagedFields = []metav1.ManagedFieldsEntry{{Time: &now}}
		}
		generated := rapid.Bool().Draw(t, "generated name")
		if generated {
			pod.Name, pod.GenerateName = "", "web-"
		}
		terms := drawTerms(t)
		after, plan := admitted(t, pod, terms)
		if generated { // by the API server, before pods are judged
			after.Name = "web-x7k2p"
		}
		want := Requested(&pod.Spec)
		if plan.Usage() != nil && plan.Usage().Requested != want {
			t.Fatalf("the plan says %+v, want %+v", plan.Usage().Requested, want)
		}
		if r, ok := finalRecordOf(&after.ObjectMeta); ok {
			for i := range after.Spec.Containers { // somebody changes a value
				if c := &after.Spec.Containers[i]; rapid.IntRange(0, 5).Draw(t, "changed") == 0 {
					c.Resources.Requests = withQuantity(c.Resources.Requests, corev1.ResourceCPU, resource.MustParse("77m"))
				}
			}
			if have, want := r.requested(&after.Spec), Requested(r.restored(&after.Spec)); have != want {
				t.Fatalf("have %+v, want %+v of %+v", have, want, after.Spec.Containers)
			}
			name := after.Name
			after, _ = admitted(t, pod, terms)
			after.Name = name
		}
		judged := AsAdmitted(&after.ObjectMeta, &after.Spec)
		if judged.Size == nil {
			t.Skip("no size")
		}
		if got := judged.Usage().Requested; got != want {
			t.Fatalf("have %+v, want %+v from %s", got, want, after.Annotations[RecordAnnotation])
		}
		if raised := (Requested(&after.Spec) != want); raised && !plan.Raised.CPU && !plan.Raised.Memory {
			t.Fatalf("raised from %+v to %+v, which the plan doesn't say", want, Requested(&after.Spec))
		}
	})
}

// A record that was pasted, cut off or isn't one says nothing of what the pod requested.
func TestRequestOfAnotherRecord(t *testing.T) {
	at := metav1.NewTime(time.Unix(1e9, 0))
	meta := metav1.ObjectMeta{Name: "web", Namespace: "apps", ManagedFields: []metav1.ManagedFieldsEntry{{Time: &at}}}
	spec := corev1.PodSpec{Containers: []corev1.Container{fargatetest.Container("web", "1", "", "1Gi", "")}}
	admission, now := admissionOf(&meta), Requested(&spec)
	later := metav1.NewTime(at.Add(time.Second))
	another := meta
	another.ManagedFields = []metav1.ManagedFieldsEntry{{Time: &later}}
	for text, stated := range map[string]bool{
		"Fit " + admission + " web=100m/:1/,1Gi/":               true,
		"Fit " + admission + " web=100m/:1/,1Gi/ other=16,":     true,
		"Fit " + admissionOf(&another) + " web=100m/:1/,1Gi/":   false,
		"Fit web=100m/:1/,1Gi/":                                 false,
		"Fit " + admission + " web=much/:1/,1Gi/":               false,
		"Fit " + admission + " web=100m/:1/,1e2147483647/:1Gi/": false,
		"Fit " + admission + " web=100m/:1/":                    false,
		"Fit " + admission:                                      false,
		"":                                                      false,
	} {
		meta.Annotations = map[string]string{RecordAnnotation: text}
		want := now
		if stated {
			want.MilliCPU = 100
		}
		if got := AsAdmitted(&meta, &spec).original; got != want {
			t.Errorf("%s: have %+v, want %+v", text, got, want)
		}
	}
}
