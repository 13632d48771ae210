package fargate

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/logconf"
	"fargate-webhook/policy"
)

// An update that repairs one line and breaks another is warned of: only the same problem was there
// before.
func TestLogConfigUpdate(t *testing.T) {
	config := func(output string) *corev1.ConfigMap {
		return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: logconf.Namespace, Name: logconf.Name}, Data: map[string]string{"output.conf": output}}
	}
	lacksMatch, hasVariable := config("[OUTPUT]\n    Name es\n"), config("[OUTPUT]\n    Name es\n    Match *\n    Host ${HOST}\n")
	p := policy.Default()
	for name, c := range map[string]struct {
		old, now *corev1.ConfigMap
		want     int
	}{"another": {lacksMatch, hasVariable, 1}, "the same": {lacksMatch, lacksMatch, 0}, "repaired": {lacksMatch, config("[OUTPUT]\n    Name es\n    Match *\n"), 0}} {
		d := Decide(c.now, Request{Operation: OperationUpdate, Phase: Validating, Namespace: logconf.Namespace, Old: c.old}, fixtureIndex(), &p)
		if len(d.Findings) != c.want {
			t.Errorf("%s: %+v", name, d.Findings)
		}
	}
}

// A ConfigMap that a finalizer holds is still in use: a change of its data is judged, and nothing else.
func TestLogConfigChangesWhileLeaving(t *testing.T) {
	leaving := func(output string, finalizers ...string) *corev1.ConfigMap {
		return &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: logconf.Namespace, Name: logconf.Name, DeletionTimestamp: &metav1.Time{}, Finalizers: finalizers},
			Data:       map[string]string{"output.conf": output},
		}
	}
	good, bad := "[OUTPUT]\n    Name es\n    Match *\n", "[OUTPUT]\n    Name es\n"
	p := policy.Default()
	for name, c := range map[string]struct {
		old, now *corev1.ConfigMap
		want     int
	}{
		"turns bad": {leaving(good, "a/b"), leaving(bad, "a/b"), 1},
		"emptied":   {leaving(good, "a/b"), &corev1.ConfigMap{ObjectMeta: leaving("", "a/b").ObjectMeta}, 1},
		"released":  {leaving(bad, "a/b"), leaving(bad), 0},
	} {
		d := Decide(c.now, Request{Operation: OperationUpdate, Phase: Validating, Namespace: logconf.Namespace, Old: c.old}, fixtureIndex(), &p)
		if len(d.Findings) != c.want {
			t.Errorf("%s: %+v", name, d.Findings)
		}
	}
}
