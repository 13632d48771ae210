package fargate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

func TestMatchPodFollowsPolicy(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{{Name: "p", Status: profiles.StatusActive, Selectors: []profiles.Selector{
		{Namespace: "apps", Labels: map[string]string{"run": "x"}}, {Namespace: "kube-system", Labels: map[string]string{"run": "x"}},
	}}})
	needed := map[string]string{"run": "x"}
	off := policy.Default()
	off.Namespaces = []policy.NamespaceSettings{{Match: profiles.NewPattern("ap*"), Settings: policy.Settings{Labels: policy.LabelsOff}}}
	for name, c := range map[string]struct {
		namespace      string
		labels         map[string]string
		policy         policy.Policy
		fargate        bool
		added, missing map[string]string
	}{
		"matches":                      {"apps", needed, policy.Default(), true, nil, nil},
		"labels added":                 {"apps", nil, policy.Default(), true, needed, nil},
		"labels Off":                   {"apps", nil, off, false, nil, needed},
		"exempt":                       {"kube-system", nil, policy.Default(), false, nil, needed},
		"exempt, matches as it stands": {"kube-system", needed, policy.Default(), true, nil, nil},
		"another value of the label":   {"apps", map[string]string{"run": "y"}, policy.Default(), false, nil, nil},
		"no profile":                   {"web", nil, policy.Default(), false, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := MatchPod(c.namespace, c.labels, index, &c.policy)
			if got.Placement.Fargate != c.fargate {
				t.Errorf("got %+v, want on Fargate: %v", got, c.fargate)
			}
			if diff := cmp.Diff(c.added, got.Placement.Labels); diff != "" {
				t.Errorf("added labels (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.missing, got.Missing); diff != "" {
				t.Errorf("missing labels (-want +got):\n%s", diff)
			}
		})
	}
}
