package webhook

import (
	"net/http"
	"strings"
	"testing"

	"fargate-webhook/internal/scan"
	"fargate-webhook/webhook/intake"
)

// Bodies whose decoding panics leave room for others, however many there are.
func TestPanicWhileDecodingLeavesRoom(t *testing.T) {
	const many = 128 // more than fit at once of either
	poisonous := shapes{all: &scan.Shape{}, quick: &scan.Shape{}}
	for name, body := range map[string]string{
		"small": reviewOf(t),
		"large": reviewOf(t) + strings.Repeat(" ", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, testProfiles(t))
			h, ok := b.handlers[mutatePods].(*handler)
			if !ok {
				t.Fatalf("the handler is a %T", b.handlers[mutatePods])
			}
			h.Gate = intake.NewGate(intake.For(0, 1))
			sound := h.shapes
			h.shapes = poisonous
			for range many {
				if w := b.post(t, mutatePods, body); w.Code != http.StatusInternalServerError {
					t.Fatalf("status %d, want a panic: %s", w.Code, w.Body)
				}
			}
			h.shapes = sound
			if w := b.post(t, mutatePods, body); w.Code != http.StatusOK {
				t.Errorf("after %d panics: status %d: %s", many, w.Code, w.Body)
			}
		})
	}
}
