package removal

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// web returns a Deployment of two pods, changed.
func web(change func(*Workload)) Workload {
	w := Workload{
		Namespace: "apps", Kind: "Deployment", Name: "web", Pods: 2, Controlled: true, Template: new(corev1.PodTemplateSpec),
		Pod: metav1.ObjectMeta{Labels: map[string]string{"app": "web", "run": "on-fargate", "eks.amazonaws.com/fargate-profile": "old"}},
	}
	w.Template.Labels = map[string]string{"app": "web"}
	w.Template.Spec.Containers = []corev1.Container{{Name: "c", Image: "i"}}
	if change != nil {
		change(&w)
	}
	return w
}

func unread(w *Workload) { w.Template, w.Unread = nil, "you may not get replicasets.apps" }

func labelled(labels map[string]string) func(*Workload) {
	return func(w *Workload) { w.Template.Labels = labels }
}

// ofJob makes the pods those of a Job.
func ofJob(spec batchv1.JobSpec, failed int32) func(*Workload) {
	return func(w *Workload) { w.Job = NewJob(&spec, &batchv1.JobStatus{Failed: failed}) }
}

func TestRemoval(t *testing.T) {
	const pin, guessed = "eks.amazonaws.com/fargate-profile", "; judged by the labels of its pods, since its pod template isn't known: you may not get replicasets.apps"
	old := fargatetest.Profile("old", fargatetest.Selects("apps", "run", "on-fargate"))
	profile := func(name string, labels ...string) []profiles.Profile {
		return []profiles.Profile{old, fargatetest.Profile(name, fargatetest.Selects("apps", labels...))}
	}
	ignoring := &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{Action: batchv1.PodFailurePolicyActionFailJob}, {Action: batchv1.PodFailurePolicyActionIgnore}}}
	only := policy.Default()
	only.Nodes = policy.NodesFargateOnly
	observe := policy.Default()
	observe.Mode = policy.ModeObserve
	for name, c := range map[string]struct {
		workload Workload
		list     []profiles.Profile
		policy   policy.Policy
		want     Effect
		reason   string
	}{
		"another profile":       {web(nil), profile("new"), policy.Default(), Effect{Outcome: Fargate, Profile: "new"}, "it matches selector 1"},
		"with a label":          {web(nil), profile("new", "pool", "a"), policy.Default(), Effect{Outcome: Fargate, Profile: "new", Adds: map[string]string{"pool": "a"}}, "once the labels are added"},
		"no profile":            {web(nil), []profiles.Profile{old}, policy.Default(), Effect{Outcome: NotFargate}, `no ACTIVE Fargate profile selects namespace "apps"`},
		"one that is CREATING":  {web(nil), []profiles.Profile{old, {Name: "new", Status: profiles.StatusCreating, Selectors: []profiles.Selector{{Namespace: "apps"}}}}, policy.Default(), Effect{Outcome: NotFargate}, "no ACTIVE Fargate profile"},
		"a protected label":     {web(nil), profile("new", "tier", "a"), policy.Default(), Effect{Outcome: NotFargate}, "which are not added"},
		"an exempt namespace":   {web(func(w *Workload) { w.Exempt = true }), profile("new", "pool", "a"), policy.Default(), Effect{Outcome: NotFargate}, "none are added"},
		"only observed":         {web(nil), profile("new", "pool", "a"), observe, Effect{Outcome: NotFargate}, "none are added"},
		"pinned by itself":      {web(labelled(map[string]string{"run": "on-fargate", pin: "old"})), profile("new", "run", "on-fargate"), policy.Default(), Effect{Outcome: Refused}, `[profile-pin]`},
		"no other nodes":        {web(nil), []profiles.Profile{old}, only, Effect{Outcome: Refused}, "[no-profile]"},
		"no controller":         {web(func(w *Workload) { w.Controlled = false }), profile("new"), policy.Default(), Effect{Outcome: NotReplaced}, "no controller"},
		"a Job":                 {web(ofJob(batchv1.JobSpec{}, 4)), profile("new"), policy.Default(), Effect{Outcome: Fargate, Profile: "new"}, "it matches"},
		"a Job that fails":      {web(ofJob(batchv1.JobSpec{BackoffLimit: new(int32(0))}, 0)), profile("new"), policy.Default(), Effect{Outcome: NotReplaced}, "its Job fails, since a deleted pod counts as a failure: backoffLimit is 0"},
		"a Job that failed":     {web(ofJob(batchv1.JobSpec{}, 5)), profile("new"), policy.Default(), Effect{Outcome: NotReplaced}, "backoffLimit is 6, and 5 have failed already"},
		"an index that fails":   {web(ofJob(batchv1.JobSpec{BackoffLimit: new(int32(math.MaxInt32)), BackoffLimitPerIndex: new(int32(0))}, 0)), profile("new"), policy.Default(), Effect{Outcome: NotReplaced}, "backoffLimitPerIndex is 0"},
		"an index that may":     {web(ofJob(batchv1.JobSpec{BackoffLimit: new(int32(math.MaxInt32)), BackoffLimitPerIndex: new(int32(1))}, 0)), profile("new"), policy.Default(), Effect{Outcome: Fargate, Profile: "new"}, "it matches"},
		"a Job that may fail":   {web(ofJob(batchv1.JobSpec{BackoffLimit: new(int32(1)), PodFailurePolicy: ignoring}, 0)), profile("new"), policy.Default(), Effect{Outcome: Unknown}, "podFailurePolicy"},
		"a Job that goes on":    {web(ofJob(batchv1.JobSpec{BackoffLimit: new(int32(2)), PodFailurePolicy: ignoring}, 0)), profile("new"), policy.Default(), Effect{Outcome: Fargate, Profile: "new"}, "it matches"},
		"a guess":               {web(unread), profile("new"), policy.Default(), Effect{Outcome: Fargate, Profile: "new"}, "it matches selector 1 of the profile" + guessed},
		"a guess of its labels": {web(unread), profile("new", "run", "on-fargate"), policy.Default(), Effect{Outcome: Fargate, Profile: "new"}, guessed},
		"a guess of some":       {web(unread), profile("new", "run", "on-fargate", "pool", "a"), policy.Default(), Effect{Outcome: Fargate, Profile: "new"}, guessed},
		"a guess of none":       {web(unread), []profiles.Profile{old}, policy.Default(), Effect{Outcome: NotFargate}, guessed},
		"a guess of two": {web(unread), []profiles.Profile{old, fargatetest.Profile("new", fargatetest.Selects("apps", "run", "on-*")), fargatetest.Profile("other", fargatetest.Selects("apps", "pool", "a"))}, policy.Default(),
			Effect{Outcome: Unknown}, "it depends on the labels of its pod template, which isn't known: you may not get replicasets.apps"},
		"too many labels": {web(func(w *Workload) {
			unread(w)
			for i := range 7 {
				w.Pod.Labels[fmt.Sprint("l", i)] = "x"
			}
		}), []profiles.Profile{fargatetest.Profile("old", fargatetest.Selects("apps", "l0", "x", "l1", "x", "l2", "x", "l3", "x", "l4", "x", "l5", "x", "l6", "x"))}, policy.Default(), Effect{Outcome: Unknown}, "it depends"},
	} {
		t.Run(name, func(t *testing.T) {
			r := New("old", []Workload{c.workload}, c.list, &c.policy)
			if len(r.Workloads) != 1 || r.Pods != 2 || r.Covered() != (c.want.Outcome == Fargate) {
				t.Fatalf("%+v", r)
			}
			got := r.Workloads[0]
			if !strings.Contains(got.Reason, c.reason) {
				t.Errorf("reason %q, want %q", got.Reason, c.reason)
			}
			got.Helps = false // TestAnotherProfileHelps
			c.want.Namespace, c.want.Kind, c.want.Name, c.want.Pods, got.Reason = "apps", "Deployment", "web", 2, ""
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// To create another profile first is advice only where that may take some of the pods.
func TestAnotherProfileHelps(t *testing.T) {
	const pin = "eks.amazonaws.com/fargate-profile"
	bare := web(func(w *Workload) { w.Controlled = false })
	pinned := web(labelled(map[string]string{"run": "on-fargate", pin: "old"}))
	opted := web(func(w *Workload) {
		w.Template.Annotations = map[string]string{"eks.amazonaws.com/compute-type": "ec2"}
	})
	host := web(func(w *Workload) { w.Template.Spec.HostNetwork = true })
	only := policy.Default()
	only.Nodes = policy.NodesFargateOnly
	old, taker := fargatetest.Profile("old", fargatetest.Selects("apps", "run", "on-fargate")), fargatetest.Profile("new", fargatetest.Selects("apps"))
	two := []profiles.Profile{old, fargatetest.Profile("new", fargatetest.Selects("apps", "run", "on-*")), fargatetest.Profile("other", fargatetest.Selects("apps", "pool", "a"))}
	for name, c := range map[string]struct {
		workloads []Workload
		list      []profiles.Profile
		policy    policy.Policy
		want      bool
	}{
		"all are covered":      {[]Workload{web(nil)}, []profiles.Profile{old, taker}, policy.Default(), false},
		"none is created":      {[]Workload{web(nil), bare}, []profiles.Profile{old, taker}, policy.Default(), false},
		"a Job that fails":     {[]Workload{web(ofJob(batchv1.JobSpec{BackoffLimit: new(int32(0))}, 0))}, []profiles.Profile{old}, policy.Default(), false},
		"no profile":           {[]Workload{bare, web(nil)}, []profiles.Profile{old}, policy.Default(), true},
		"refused without one":  {[]Workload{web(nil)}, []profiles.Profile{old}, only, true},
		"refused with another": {[]Workload{host}, []profiles.Profile{old, taker}, policy.Default(), false},
		"pinned":               {[]Workload{pinned}, []profiles.Profile{old}, policy.Default(), false},
		"opts out":             {[]Workload{opted}, []profiles.Profile{old}, policy.Default(), false},
		"unknown":              {[]Workload{web(unread)}, two, policy.Default(), true},
	} {
		t.Run(name, func(t *testing.T) {
			r := New("old", c.workloads, c.list, &c.policy)
			var text strings.Builder
			if err := r.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(text.String(), "create the one that is to take these pods first"); got != c.want {
				t.Errorf("advice: %t, in\n%s", got, &text)
			}
		})
	}
}

// What is said of pods whose template isn't known is so, whichever of their labels are the
// template's.
func TestLawGuessIsTrue(t *testing.T) {
	p := policy.Default()
	keys, values := rapid.SampledFrom([]string{"a", "b", "c", "k*"}), rapid.SampledFrom([]string{"1", "2", "*"})
	rapid.Check(t, func(t *rapid.T) {
		var list []profiles.Profile
		for _, name := range []string{"new", "old", "other"} {
			q := fargatetest.Profile(name)
			for range rapid.IntRange(1, 2).Draw(t, "selectors") {
				q.Selectors = append(q.Selectors, profiles.Selector{Namespace: "apps", Labels: rapid.MapOfN(keys, values, 0, 2).Draw(t, "labels")})
			}
			list = append(list, q)
		}
		template := rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "kx"}), rapid.SampledFrom([]string{"1", "2", ""})).Draw(t, "template's labels")
		before := New("none", []Workload{web(labelled(maps.Clone(template)))}, list, &p).Workloads[0]
		if before.Profile != "old" {
			t.Skip("another profile runs it")
		}
		onPod := maps.Clone(template)
		maps.Copy(onPod, before.Adds)
		guess := New("old", []Workload{web(func(w *Workload) { unread(w); w.Pod.Labels = onPod })}, list, &p).Workloads[0]
		truth := New("old", []Workload{web(labelled(template))}, list, &p).Workloads[0]
		if guess.Outcome != Unknown && (guess.Outcome != truth.Outcome || guess.Profile != truth.Profile || guess.Adds != nil && !maps.Equal(guess.Adds, truth.Adds)) {
			t.Fatalf("guessed %+v, but it is %+v", guess, truth)
		}
	})
}

func TestOutput(t *testing.T) {
	p := policy.Default()
	revision := web(nil)
	revision.Pods = 1
	once := web(func(w *Workload) { w.Kind, w.Name, w.Pods, w.Controlled = "Pod", "once", 1, false })
	elsewhere := web(func(w *Workload) { w.Namespace = "late" })
	list := []profiles.Profile{fargatetest.Profile("old"), fargatetest.Profile("new", fargatetest.Selects("apps", "pool", "a"))}
	for name, c := range map[string]struct {
		workloads []Workload
		want      string
	}{
		"none": {nil, "Deleting Fargate profile \"old\" takes down no pod: it runs none.\n"},
		"one, covered": {[]Workload{revision}, `Deleting Fargate profile "old" takes down 1 pod:

NAMESPACE  WORKLOAD        PODS  REPLACED
apps       Deployment/web  1     by Fargate profile "new"; the webhook adds pool: a
`},
		"several": {[]Workload{elsewhere, once, web(nil), revision}, `Deleting Fargate profile "old" takes down 6 pods:

NAMESPACE  WORKLOAD        PODS  REPLACED
apps       Deployment/web  3     by Fargate profile "new"; the webhook adds pool: a
apps       Pod/once        1     no: it has no controller that would create it again
late       Deployment/web  2     by no profile, so on other nodes or Pending: no ACTIVE Fargate profile selects namespace "late"

EKS creates no Fargate profile while another one is DELETING: create the one that is to take these pods first,
and wait until it is ACTIVE.
`},
	} {
		t.Run(name, func(t *testing.T) {
			var got strings.Builder
			if err := New("old", c.workloads, list, &p).WriteText(&got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
