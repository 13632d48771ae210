package registration

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/kinds"
	"fargate-webhook/kinds/matchtest"
	"fargate-webhook/profiles"
)

// A pod is known to be taken only if a selector matches it as it stands and it has no pin, and every
// such pod is where all selectors can be written: evaluated by the API server's CEL.
func TestLawTaken(t *testing.T) {
	server := matchtest.New()
	part := rapid.SampledFrom([]string{"", "a", "b", "*", "?", ".", "-", `"`, "é", "\\", "\n", "a*", "?b"})
	some := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(part, 0, 3).Draw(t, "parts"), "") })
	key := rapid.SampledFrom([]string{"a", "b", "x/y", placement.ProfileLabel, "a*"})
	matching, known := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		list := []profiles.Profile{}
		for i := range rapid.IntRange(0, 3).Draw(t, "profiles") {
			p := profiles.Profile{Name: fmt.Sprint(i), Status: profiles.StatusActive}
			for range rapid.IntRange(1, 2).Draw(t, "selectors") {
				p.Selectors = append(p.Selectors, profiles.Selector{
					Namespace: rapid.OneOf(rapid.SampledFrom([]string{"apps", "*", "app?"}), some).Draw(t, "namespace"), Labels: rapid.MapOfN(key, some, 0, 2).Draw(t, "labels"),
				})
			}
			list = append(list, p)
		}
		index := profiles.NewIndex(list)
		expression := taken(index)
		if expression == "" {
			return
		}
		matcher := server.Compile(t, []kinds.Condition{{Name: "taken", Expression: expression}})
		pod := &corev1.Pod{}
		pod.Labels = rapid.MapOfN(key, some, 0, 3).Draw(t, "pod")
		for _, s := range list {
			if rapid.Bool().Draw(t, "as selected") {
				for k, v := range s.Selectors[0].Labels {
					pod.Labels[k] = strings.NewReplacer("*", "é\n", "?", "a").Replace(v)
				}
			}
		}
		if len(pod.Labels) == 0 {
			pod.Labels = nil
		}
		pod.Spec.NodeName = rapid.SampledFrom([]string{"", "", "", "node"}).Draw(t, "node")
		result := matchtest.Match(matcher, matchtest.Attributes(pod, nil, "CREATE", "apps"))
		if result.Error != nil {
			t.Fatalf("%s: %v", expression, result.Error)
		}
		matches := false
		for _, s := range index.Selectors("apps") {
			matches = matches || s.Matches(pod.Labels)
		}
		_, pinned := pod.Labels[placement.ProfileLabel]
		matches = matches && !pinned && pod.Spec.NodeName == ""
		if result.Matches && !matches {
			t.Fatalf("%+v isn't taken, and the expression says so: %s", pod.Labels, expression)
		}
		if matches {
			matching++
			if result.Matches {
				known++
			}
		}
	})
	t.Logf("%d pods are taken, %d of them are known to be", matching, known)
	if known*2 < matching {
		t.Errorf("only %d of %d pods that are taken are known to be", known, matching)
	}
}

// What the API server evaluates is bounded, however many selectors there are.
func TestTakenIsShort(t *testing.T) {
	var list []profiles.Profile
	for i := range 2000 {
		list = append(list, profiles.Profile{Name: fmt.Sprint(i), Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: fmt.Sprintf("team-%d-*", i), Labels: map[string]string{"a": "b?"}}}})
	}
	expression := taken(profiles.NewIndex(list))
	if len(expression) < maxTaken/2 || len(expression) > maxTaken*3/2 {
		t.Errorf("%d bytes", len(expression))
	}
	matchtest.New().Compile(t, []kinds.Condition{{Name: "taken", Expression: expression}})
	if taken(profiles.NewIndex(nil)) != "" {
		t.Error("without profiles something is taken")
	}
}
