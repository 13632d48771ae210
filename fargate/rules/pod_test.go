package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// A rule that looks at one container after another stops when nobody waits for what it finds.
func TestContainersStop(t *testing.T) {
	spec := &corev1.PodSpec{
		InitContainers: make([]corev1.Container, 2), Containers: make([]corev1.Container, 3), EphemeralContainers: make([]corev1.EphemeralContainer, 2),
	}
	for stopAt := range 8 {
		done := make(chan struct{})
		seen := 0
		for range (&Pod{Spec: spec, Done: done}).containers() {
			if seen++; seen == stopAt {
				close(done)
			}
		}
		want := 7
		if stopAt > 0 {
			want = stopAt
		}
		if seen != want {
			t.Errorf("nobody waits after %d containers (0: somebody does): saw %d, want %d", stopAt, seen, want)
		}
	}
}
