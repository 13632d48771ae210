package fargate

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// A quantity of millions of digits, which decodes in no time, costs no time
// here either: the API server asks the webhook before it validates.
func TestHugeQuantities(t *testing.T) {
	for text, want := range map[string]int64{
		"1e2000000000": ceiling, "-1e2000000000": 0, "0e2000000000": 0, "0": 0, "-1": 0, "1n": 1, "1500m": 1500,
		"72057594037926": 72057594037926000, "72057594037927": ceiling, "8E": ceiling, "1e400": ceiling,
	} {
		done := make(chan Amount, 1)
		go func() { done <- AmountIn(corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(text)}) }()
		select {
		case got := <-done:
			if got.MilliCPU != want {
				t.Errorf("%s: %d, want %d", text, got.MilliCPU, want)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s takes longer than 5 s", text)
		}
	}
}
