package placement

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestClaimed(t *testing.T) {
	pinned := map[string]string{ProfileLabel: "apps"}
	for name, c := range map[string]struct {
		labels       map[string]string
		spec         corev1.PodSpec
		claimed, now bool
		profile      string
	}{
		"new pod":                     {},
		"claimed (F2.5)":              {labels: pinned, spec: corev1.PodSpec{SchedulerName: Scheduler}, claimed: true, profile: "apps"},
		"claimed in this admission":   {labels: pinned, spec: corev1.PodSpec{SchedulerName: Scheduler, PriorityClassName: "system-node-critical"}, claimed: true, now: true, profile: "apps"},
		"label only":                  {labels: pinned},
		"scheduler only":              {spec: corev1.PodSpec{SchedulerName: Scheduler}},
		"on a Fargate node (F2.6)":    {labels: pinned, spec: corev1.PodSpec{NodeName: "fargate-ip-10-0-0-1"}, claimed: true, profile: "apps"},
		"on a Fargate node, no label": {spec: corev1.PodSpec{NodeName: "fargate-ip-10-0-0-1"}, claimed: true},
		"on an EC2 node":              {labels: pinned, spec: corev1.PodSpec{SchedulerName: Scheduler, NodeName: "ip-10-0-0-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			meta := &metav1.ObjectMeta{Labels: c.labels}
			place, claimed := Claimed(meta, &c.spec)
			if claimed != c.claimed || place.Fargate != c.claimed || place.Profile != c.profile || (place.Reason != "") != c.claimed {
				t.Errorf("got %v, %+v; want claimed: %v, profile %q", claimed, place, c.claimed, c.profile)
			}
			if _, now := ClaimedNow(meta, &c.spec); now != c.now {
				t.Errorf("claimed in this admission: %v, want %v", now, c.now)
			}
		})
	}
}
