package fargate

import (
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/lbc"
)

// What was added to a Service when it was created survives every update that leaves it out (P6).
// What an update sets is honoured, no update gets an annotation that the Service didn't have, and
// changing it again changes nothing.
func TestLawServiceKeepsWhatWasAdded(t *testing.T) {
	ours := map[string]string{lbc.ServiceTypeAnnotation: "external", lbc.ServiceTargetTypeAnnotation: "ip"}
	keys := append(slices.Sorted(maps.Keys(ours)), kinds.AddedAnnotation, "other")
	values := rapid.SampledFrom([]string{"ip", "instance", "external", "nlb", "nlb-ip", "IP", "", lbc.ServiceTypeAnnotation})
	annotations := rapid.MapOf(rapid.SampledFrom(keys), values)
	balanced := corev1.ServiceTypeLoadBalancer
	rapid.Check(t, func(t *rapid.T) {
		stated := webService(balanced, func(s *corev1.Service) {
			s.Annotations = annotations.Draw(t, "created with")
			delete(s.Annotations, kinds.AddedAnnotation)
		})
		stated = patched(t, stated, nil)
		creation := decideService(stated, nil, Mutating)
		live := patched(t, stated, creation.Patch)
		for range rapid.IntRange(1, 4).Draw(t, "updates") {
			now := patched(t, webService(balanced, func(s *corev1.Service) { s.Annotations = annotations.Draw(t, "updated to") }), nil)
			d := decideService(now, live, Mutating)
			after := patched(t, now, d.Patch)
			for key, value := range now.Annotations {
				if key != kinds.AddedAnnotation && after.Annotations[key] != value {
					t.Fatalf("%s was %q, became %q", key, value, after.Annotations[key])
				}
			}
			for key := range after.Annotations {
				_, before := live.Annotations[key]
				_, said := now.Annotations[key]
				if !before && !said {
					t.Fatalf("the update got %s, which the Service did not have", key)
				}
			}
			record, says := now.Annotations[kinds.AddedAnnotation]
			for key, value := range ours {
				_, said := now.Annotations[key]
				added := slices.Contains(kinds.Added(live.Annotations), key) && live.Annotations[key] == value
				givenUp := says && !slices.Contains(kinds.Added(map[string]string{kinds.AddedAnnotation: record}), key)
				if want := added && !said && !givenUp; want != (after.Annotations[key] == value && !said) {
					t.Fatalf("%s after the update is %q; put back: want %v", key, after.Annotations[key], want)
				}
			}
			if again := decideService(after, live, Mutating); len(again.Patch) > 0 {
				t.Fatalf("changed again: %s", patchText(t, again.Patch))
			}
			live = after
		}
	})
}

// A bare pod whose manifest is applied again, by kubectl apply or replace, stays as it is.
func TestLawPodAppliedAgainStaysAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pod := fixtures.Pod()
		pod.Spec = *fargatetest.Defaulted(fargatetest.PodSpecs(1, 4).Draw(t, "spec"))
		pod = fargatetest.Patched(t, pod, nil)
		live := fargatetest.Patched(t, pod, Decide(pod, requestIn(Mutating, nil), fixtureIndex(), policyWith()).Patch)
		merged := live.DeepCopy() // what kubectl apply states again of what it stated before
		for _, lists := range [2][2][]corev1.Container{{merged.Spec.InitContainers, pod.Spec.InitContainers}, {merged.Spec.Containers, pod.Spec.Containers}} {
			for i := range lists[0] {
				maps.Copy(lists[0][i].Resources.Requests, lists[1][i].Resources.Requests)
				maps.Copy(lists[0][i].Resources.Limits, lists[1][i].Resources.Limits)
			}
		}
		for name, now := range map[string]*corev1.Pod{"replace": pod, "apply": merged} {
			d := Decide(now, requestIn(Mutating, live), fixtureIndex(), policyWith())
			after := fargatetest.Patched(t, now, d.Patch)
			if got, want := string(fargatetest.JSON(t, after.Spec)), string(fargatetest.JSON(t, live.Spec)); got != want {
				t.Fatalf("%s: got %s, want %s\npatch %s\nrecord %s", name, got, want, patchText(t, d.Patch), live.Annotations[sizing.RecordAnnotation])
			}
			if again := Decide(after, requestIn(Mutating, live), fixtureIndex(), policyWith()); len(again.Patch) > 0 {
				t.Fatalf("%s: changed again: %s", name, patchText(t, again.Patch))
			}
		}
	})
}
