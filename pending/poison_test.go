package pending

import (
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/policy"
)

// poisoned panics when it is asked about the namespace of one pod.
type poisoned struct{ *fakeLookups }

func (p poisoned) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	if namespace == "poison" {
		panic("nobody has thought of this")
	}
	return p.fakeLookups.List(kind, namespace)
}

func (p poisoned) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	if namespace == "poison" {
		panic("nobody has thought of this")
	}
	return p.fakeLookups.Get(kind, namespace, name)
}

// A pod on which judging panics is named once and skipped; the others are reported.
func TestPoisonedPodIsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lacking := waiting("lacking", "apps", "", time.Hour)
		lacking.Labels = nil
		poison := waiting("poison", "poison", "", time.Hour)
		poison.Labels = nil
		p := newParts(t, policy.PendingPodsReport, lacking, poison)
		p.worker.options.Lookups = poisoned{&fakeLookups{parts: p}}
		stop := p.run(t)
		p.selectBy("late")
		pass(time.Hour)
		p.wantEvents(t, map[string][]string{"lacking": {"FargateProfileMatchesNow"}})
		lines := p.logged.All()
		if len(lines) != 1 || lines[0].ContextMap()["pod"] != "poison" || lines[0].ContextMap()["stack"] == nil {
			t.Errorf("logged %v", lines)
		}
		stop()
	})
}
