package fargate

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// A claim that can't be looked up refuses no pod that a profile takes as it stands, and withholds
// labels from others (P8).
func TestClaimLookUpFails(t *testing.T) {
	pod := fixtures.Pod()
	pod.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "x"}}}}
	reader := &fargatetest.Cluster{Err: errors.New("the cache has not synced"), Broken: []string{"x"}}
	const unchecked = `volume "data" could not be checked: claim "x" could not be looked up: the cache has not synced`
	for _, change := range []func(*policy.Policy){fargateOnly, func(*policy.Policy) {}} {
		d := Decide(pod, withReader(requestIn(WholeAdmission, nil), reader), fixtureIndex(), policyWith(change))
		if got := strings.Join(messages(&d), "; "); got != "Warn persistent-volume: "+unchecked || !d.Placement.Fargate {
			t.Errorf("%s; placement %+v", got, d.Placement)
		}
	}
	pod.Labels = map[string]string{"app": "web"}
	d := Decide(pod, withReader(requestIn(WholeAdmission, nil), reader), fixtureIndex(), policyWith())
	checkRules(t, d.Findings, rules.NotInjected)
	if len(d.Patch) > 0 || d.Placement.Fargate || !strings.Contains(d.Findings[0].Message, unchecked) || d.Findings[0].Action != policy.Warn {
		t.Errorf("patch %s, placement %+v, %q", patchText(t, d.Patch), d.Placement, messages(&d))
	}
}
