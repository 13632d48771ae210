package traffic

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// namespaceOf returns namespace apps with profiles, where labels do no harm.
func namespaceOf(labels policy.Labels, list ...profiles.Profile) *Namespace {
	n := &Namespace{Name: "apps", Index: profiles.NewIndex(list), Adds: placement.Adds{Labels: labels}}
	n.Places = func(w *Workload) placement.Placement {
		if _, ok := w.Object.(*appsv1.DaemonSet); ok {
			return placement.Placement{}
		}
		return placement.Place(n.Name, w.Meta, w.Spec, n.Index, n.Adds)
	}
	return n
}

func TestPodsSelected(t *testing.T) {
	type labels = map[string]string
	apps := fargatetest.Profile("apps", fargatetest.Selects("apps", "run", "on-fargate"))
	two := fargatetest.Profile("two", fargatetest.Selects("apps", "a", "1", "b", "2", "c", "3"), fargatetest.Selects("apps", "a", "1", "d?", "*"))
	for name, c := range map[string]struct {
		profiles []profiles.Profile
		inject   policy.Labels
		selector labels
		optedOut bool
		want     Likelihood
		reason   string // its end
	}{
		"labels of a profile":                      {profiles: []profiles.Profile{apps}, inject: policy.LabelsOff, selector: labels{"run": "on-fargate", "app": "web"}, want: Surely},
		"labels added":                             {profiles: []profiles.Profile{apps}, inject: policy.LabelsInject, selector: labels{"app": "web"}, want: Surely},
		"labels Off":                               {profiles: []profiles.Profile{apps}, inject: policy.LabelsOff, selector: labels{"app": "web"}, want: Possibly, reason: `profile "apps" takes those of its pods that also have the labels run: on-fargate`},
		"another value":                            {profiles: []profiles.Profile{apps}, inject: policy.LabelsInject, selector: labels{"run": "elsewhere"}, want: Never},
		"another value, labels Off":                {profiles: []profiles.Profile{apps}, inject: policy.LabelsOff, selector: labels{"run": "elsewhere"}, want: Never},
		"namespace not selected":                   {profiles: []profiles.Profile{fargatetest.Profile("web", fargatetest.Selects("web"))}, inject: policy.LabelsInject, selector: labels{"app": "web"}, want: Never},
		"all pods of the namespace":                {profiles: []profiles.Profile{fargatetest.Profile("all", fargatetest.Selects("a*"))}, inject: policy.LabelsOff, selector: labels{"app": "web"}, want: Surely},
		"one of several profiles":                  {profiles: []profiles.Profile{apps, fargatetest.Profile("web", fargatetest.Selects("apps", "app", "w*"))}, inject: policy.LabelsOff, selector: labels{"app": "web"}, want: Surely},
		"opted out (F1.17)":                        {profiles: []profiles.Profile{apps}, inject: policy.LabelsInject, selector: labels{"run": "on-fargate"}, optedOut: true, want: Never},
		"opted out, labels Off":                    {profiles: []profiles.Profile{apps}, inject: policy.LabelsOff, selector: labels{"app": "web"}, optedOut: true, want: Never},
		"wildcard value":                           {profiles: []profiles.Profile{fargatetest.Profile("w", fargatetest.Selects("apps", "run", "on-*"))}, inject: policy.LabelsOff, selector: labels{"run": "on-demand"}, want: Surely},
		"wildcard value, no match":                 {profiles: []profiles.Profile{fargatetest.Profile("w", fargatetest.Selects("apps", "run", "on-*"))}, inject: policy.LabelsInject, selector: labels{"run": "off"}, want: Never},
		"wildcard key (S2)":                        {profiles: []profiles.Profile{fargatetest.Profile("w", fargatetest.Selects("apps", "team/*", "*"))}, inject: policy.LabelsInject, selector: labels{"app": "web"}, want: Possibly, reason: "team/*: *"},
		"wildcard key, match":                      {profiles: []profiles.Profile{fargatetest.Profile("w", fargatetest.Selects("apps", "team/*", "*"))}, inject: policy.LabelsOff, selector: labels{"team/a": "1"}, want: Surely},
		"wildcard key, other value":                {profiles: []profiles.Profile{fargatetest.Profile("w", fargatetest.Selects("apps", "team/*", "1"))}, inject: policy.LabelsInject, selector: labels{"team/a": "2"}, want: Possibly, reason: "team/*: 1"},
		"fewest further labels":                    {profiles: []profiles.Profile{two}, inject: policy.LabelsOff, selector: labels{"a": "1"}, want: Possibly, reason: "also have the labels d?: *"},
		"further labels":                           {profiles: []profiles.Profile{two}, inject: policy.LabelsOff, selector: labels{"x": "1"}, want: Possibly, reason: "also have the labels a: 1, d?: *"},
		"pinned":                                   {profiles: []profiles.Profile{apps, two}, inject: policy.LabelsInject, selector: labels{placement.ProfileLabel: "apps"}, want: Surely},
		"pinned, labels Off":                       {profiles: []profiles.Profile{apps, two}, inject: policy.LabelsOff, selector: labels{placement.ProfileLabel: "apps"}, want: Possibly, reason: "run: on-fargate"},
		"pinned, matches another":                  {profiles: []profiles.Profile{apps, two}, inject: policy.LabelsOff, selector: labels{placement.ProfileLabel: "apps", "a": "1", "dx": ""}, want: Possibly, reason: "run: on-fargate"},
		"pinned, another value":                    {profiles: []profiles.Profile{apps, two}, inject: policy.LabelsInject, selector: labels{placement.ProfileLabel: "apps", "run": "elsewhere"}, want: Never},
		"pinned to a missing profile":              {profiles: []profiles.Profile{apps}, inject: policy.LabelsInject, selector: labels{placement.ProfileLabel: "gone", "run": "on-fargate"}, want: Never},
		"pinned to a missing profile, labels Off":  {profiles: []profiles.Profile{apps}, inject: policy.LabelsOff, selector: labels{placement.ProfileLabel: "gone"}, want: Never},
		"pinned to a profile of another namespace": {profiles: []profiles.Profile{apps, fargatetest.Profile("web", fargatetest.Selects("web"))}, inject: policy.LabelsOff, selector: labels{placement.ProfileLabel: "web"}, want: Never},
	} {
		t.Run(name, func(t *testing.T) {
			owner := &metav1.ObjectMeta{}
			if c.optedOut {
				owner.Annotations = labels{placement.ComputeTypeKey: placement.ComputeTypeEC2}
			}
			got := namespaceOf(c.inject, c.profiles...).forSelectors(1).selected(owner, c.selector)
			if got.OnFargate != c.want || (got.Profile != "") != (c.want == Surely) {
				t.Errorf("got %+v, want %d", got, c.want)
			}
			if got.Reason == "" || !strings.HasSuffix(got.Reason, c.reason) {
				t.Errorf("the reason is %q, want it to end with %q", got.Reason, c.reason)
			}
		})
	}
}
