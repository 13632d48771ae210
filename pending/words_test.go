package pending

import (
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

func TestDescribe(t *testing.T) {
	owned := func(kind string) fargate.Stranding {
		return fargate.Stranding{Placement: placement.Placement{Profile: "apps"}, Owner: &metav1.OwnerReference{Kind: kind, Name: "web-1"}}
	}
	labelled := owned("ReplicaSet")
	labelled.Placement.Labels = map[string]string{"tier": "a", "run": "on-fargate"}
	refused := owned("ReplicaSet")
	refused.Refused = []rules.Finding{{Rule: "host-port", Message: `container "a": hostPort 80`}, {Rule: "privileged", Message: `container "a" is`}}
	for name, c := range map[string]struct {
		finding   finding
		stranding fargate.Stranding
		want      string
	}{
		"of a ReplicaSet": {matchesNow, labelled, `EKS schedules a pod on Fargate only if a Fargate profile selects it when it is created, and this pod ` +
			`is older than profile "apps". To run it on Fargate, delete it or run kubectl rollout restart: ReplicaSet "web-1" creates a new pod. The webhook adds to the new pod: run=on-fargate, tier=a.`},
		"bare": {matchesNow, fargate.Stranding{Placement: placement.Placement{Profile: "apps"}}, `EKS schedules a pod on Fargate only if a Fargate profile selects it when ` +
			`it is created, and this pod is older than profile "apps". To run it on Fargate, delete it and create it again.`},
		"of a Job, not claimed": {notClaimed, owned("Job"), `Fargate profile "apps" selects this pod and is older than it, but EKS has not scheduled it on Fargate. ` +
			`To run it on Fargate, delete it: Job "web-1" creates a new pod, but counts this one as failed. If the new pod stays Pending too, check that the profile ` +
			`is ACTIVE and that EKS's own admission webhook works.`},
		"refused": {wouldBeRefused, refused, `Fargate profile "apps" selects this pod now, but Fargate can't run it: [host-port] container "a": ` +
			`hostPort 80; [privileged] container "a" is. Fix the pod template, then delete the pod.`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := describe(c.finding, &c.stranding); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// The API server takes events about pods with the longest names, and newer APIs take their texts.
func TestLimits(t *testing.T) {
	refused := fargate.Stranding{Refused: make([]rules.Finding, 100)}
	for i := range refused.Refused {
		refused.Refused[i].Message = strings.Repeat("ä", i)
	}
	if text := describe(wouldBeRefused, &refused); len(text) > 1024-len("The policy pendingPods: Recreate evicts such pods, but the webhook is not allowed to (docs/pending-pods.md).") ||
		strings.ToValidUTF8(text, "") != text {
		t.Errorf("%d bytes: %s", len(text), text)
	}
	for _, name := range []string{"a", strings.Repeat("a", 253), strings.Repeat("a", 229) + ".-.b", strings.Repeat("a.", 126) + "b"} {
		event := newEvent(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}}, "Warning", "R", "p", "m")
		if wrong := validation.IsDNS1123Subdomain(event.Name); len(wrong) > 0 {
			t.Errorf("%s: %v", event.Name, wrong)
		}
	}
}

// What a pod is trimmed to is judged as the pod is.
func TestTrim(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{{Name: fixtures.Profile, Status: profiles.StatusActive, Selectors: []profiles.Selector{
		{Namespace: fixtures.Namespace, Labels: map[string]string{fixtures.Label: fixtures.Value}},
	}}})
	p := policy.Default()
	p.PendingPods = policy.PendingPodsRecreate
	judged, refused := 0, 0
	for _, f := range fixtures.All() {
		pod, ok := f.Object.(*corev1.Pod)
		if !ok || len(f.Cluster) > 0 {
			continue
		}
		pod = pod.DeepCopy()
		pod.Namespace, pod.Status.Phase = fixtures.Namespace, corev1.PodPending
		pod.OwnerReferences = []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web", Controller: new(true)}}
		pod.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubectl"}}
		before := pod.DeepCopy()
		object, err := trim(pod)
		if err != nil {
			t.Fatal(err)
		}
		trimmed, ok := object.(*corev1.Pod)
		if !ok || len(trimmed.ManagedFields) > 0 || !reflect.DeepEqual(before, pod) {
			t.Fatalf("%s %s: %v", f.Rule, f.Name, object)
		}
		want, wantOK := fargate.Stranded(pod, false, nil, index, &p)
		got, gotOK := fargate.Stranded(trimmed, false, nil, index, &p)
		if gotOK != wantOK || !reflect.DeepEqual(got, want) {
			t.Errorf("%s %s: %+v, trimmed %+v", f.Rule, f.Name, want, got)
		}
		if wantOK {
			judged++
			refused += min(1, len(want.Refused))
		}
	}
	if judged < 50 || refused < 20 {
		t.Errorf("only %d were judged, and %d of them refused", judged, refused)
	}
}
