package fargate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/profiles"
)

func TestMatchPodFollowsPolicy(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{{Name: "p", Status: profiles.StatusActive, Selectors: []profiles.Selector{
		{Namespace: "apps", Labels: map[string]string{"run": "x"}}, {Namespace: "kube-system", Labels: map[string]string{"run": "x"}},
	}}})
	needed := map[string]string{"run": "x"}
	off := DefaultPolicy()
	off.Namespaces = []NamespaceSettings{{Match: profiles.NewPattern("ap*"), Settings: Settings{Labels: LabelsOff}}}
	for name, c := range map[string]struct {
		namespace      string
		labels         map[string]string
		policy         Policy
		fargate        bool
		added, missing map[string]string
	}{
		"matches":               {"apps", needed, DefaultPolicy(), true, nil, nil},
		"labels added":          {"apps", nil, DefaultPolicy(), true, needed, nil},
		"policy adds no labels": {"apps", nil, off, false, nil, needed},
		"exempt":                {"kube-system", nil, DefaultPolicy(), false, nil, needed},
		"exempt and matches":    {"kube-system", needed, DefaultPolicy(), true, nil, nil},
		"other value":           {"apps", map[string]string{"run": "y"}, DefaultPolicy(), false, nil, nil},
		"no profile":            {"web", nil, DefaultPolicy(), false, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := MatchPod(c.namespace, c.labels, index, &c.policy)
			if got.Placement.Fargate != c.fargate {
				t.Errorf("have %+v", got)
			}
			if diff := cmp.Diff(c.added, got.Placement.Labels); diff != "" {
				t.Errorf("added: -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(c.missing, got.Missing); diff != "" {
				t.Errorf("missing: -want +got:\n%s", diff)
			}
		})
	}
}
