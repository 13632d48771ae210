package metrics

import (
	"testing"

	"fargate-webhook/fargate/sizing"
)

// The reasons that decisions give have labels, whatever the objects are named.
func TestReasons(t *testing.T) {
	for text, want := range map[string]string{
		`HorizontalPodAutoscaler "web" (cpu utilization)`: "HorizontalPodAutoscaler",
		`VerticalPodAutoscaler "ResourceQuota" (cpu)`:     "VerticalPodAutoscaler",
		`ScaledObject "web" (memory utilization)`:         "ScaledObject",
		`ResourceQuota "a b"`:                             "ResourceQuota",
		"annotation vpaUpdates":                           "VerticalPodAutoscaler",
		`lookup-failed-autoscaler "of the future"`:        other,
		"": other,
	} {
		if got := reasonOf(&sizing.Hold{Reason: text}); got != want {
			t.Errorf("%q is counted as %q, want %q", text, got, want)
		}
	}
}
