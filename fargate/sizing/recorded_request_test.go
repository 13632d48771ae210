package sizing

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
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
		after, plan := admitted(t, pod, drawTerms(t))
		want := Requested(&pod.Spec)
		if plan.Usage() != nil && plan.Usage().Requested != want {
			t.Fatalf("the plan says %+v, want %+v", plan.Usage().Requested, want)
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
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "apps", ManagedFields: []metav1.ManagedFieldsEntry{{Time: &at}}}}
	const own = `{"policy":"Fit","size":{},"requested":{"cpu":"100m"},"admission":"2001-09-09T01:46:40Z apps/web","containers":{}}`
	for text, want := range map[string]bool{
		own: true,
		`{"policy":"Fit","size":{},"admission":"2001-09-09T01:46:40Z apps/web","containers":{}}`:                                       true,
		`{"policy":"Fit","size":{},"requested":{"cpu":"100m"},"admission":"2001-09-09T01:46:41Z apps/web","containers":{}}`:            false,
		`{"policy":"Fit","size":{},"requested":{"cpu":"100m"},"containers":{}}`:                                                        false,
		`{"policy":"Fit","size":{},"requested":{"cpu":"much"},"admission":"2001-09-09T01:46:40Z apps/web","containers":{}}`:            false,
		`{"policy":"Fit","size":{},"requested":{"memory":"1e2147483647"},"admission":"2001-09-09T01:46:40Z apps/web","containers":{}}`: false,
		`{"policy":"Fit","size":{},"requested":{"cpu":"1`:                                                                              false,
		"": false,
	} {
		pod.Annotations = map[string]string{RecordAnnotation: text}
		if requested, ok := recordedRequest(&pod.ObjectMeta); ok != want || text == own && requested.MilliCPU != 100 {
			t.Errorf("%s: have %+v, %v", text, requested, ok)
		}
	}
}
