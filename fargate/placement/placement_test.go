package placement

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// selecting returns a profile with one selector.
func selecting(name, namespace string, labels ...string) profiles.Profile {
	return fargatetest.Profile(name, fargatetest.Selects(namespace, labels...))
}

func TestPlace(t *testing.T) {
	apps := selecting("apps", "apps", "run", "on-fargate")
	all := selecting("all", "*")
	controlled := true
	type set = map[string]string
	for name, c := range map[string]struct {
		profiles  []profiles.Profile
		namespace string
		meta      metav1.ObjectMeta
		spec      corev1.PodSpec
		labels    policy.Labels
		profile   string // empty for none: it doesn't run on Fargate
		add       set
		pinBroken bool
	}{
		"matches as it stands": {profiles: []profiles.Profile{apps}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{"run": "on-fargate"}}, profile: "apps"},
		"label missing":        {profiles: []profiles.Profile{apps}, namespace: "apps", profile: "apps", add: set{"run": "on-fargate"}},
		"another namespace":    {profiles: []profiles.Profile{apps}, namespace: "web"},
		// S22: the namespace of the request counts, not the one in the object.
		"namespace of the request": {profiles: []profiles.Profile{apps}, namespace: "apps", meta: metav1.ObjectMeta{Namespace: "web", Labels: set{"run": "on-fargate"}}, profile: "apps"},
		// S24: labels that the pod has are never changed.
		"another value": {profiles: []profiles.Profile{apps}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{"run": "elsewhere"}}},
		"labels Off":    {profiles: []profiles.Profile{apps}, namespace: "apps", labels: policy.LabelsOff},

		// S6: only ACTIVE profiles count.
		"profile still CREATING": {profiles: []profiles.Profile{{Name: "apps", Status: profiles.StatusCreating, Selectors: apps.Selectors}}, namespace: "apps"},

		// Step 1.
		"bound to a node (S33)":   {profiles: []profiles.Profile{all}, namespace: "apps", spec: corev1.PodSpec{NodeName: "ip-10-0-0-1"}},
		"mirror pod (S33)":        {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Annotations: set{corev1.MirrorPodAnnotationKey: "x"}}},
		"pod of a DaemonSet":      {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: "DaemonSet", Name: "agent", Controller: &controlled}}}},
		"pod of a ReplicaSet":     {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web", Controller: &controlled}}}, profile: "all"},
		"opted out (F1.17)":       {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Annotations: set{ComputeTypeKey: "ec2"}}},
		"compute-type: fargate":   {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Annotations: set{ComputeTypeKey: "fargate"}}, profile: "all"},
		"opt-out as a label (S9)": {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{ComputeTypeKey: "ec2"}}, profile: "all"},

		// Step 2.
		"pinned":                              {profiles: []profiles.Profile{all, apps}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{ProfileLabel: "apps", "run": "on-fargate"}}, profile: "apps"},
		"pinned, label missing":               {profiles: []profiles.Profile{all, apps}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{ProfileLabel: "apps"}}, profile: "apps", add: set{"run": "on-fargate"}},
		"pinned to a missing profile":         {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{ProfileLabel: "gone"}}, pinBroken: true},
		"pinned, namespace not selected (S3)": {profiles: []profiles.Profile{all, apps}, namespace: "web", meta: metav1.ObjectMeta{Labels: set{ProfileLabel: "apps"}}, pinBroken: true},
		"pinned, another value":               {profiles: []profiles.Profile{all, apps}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{ProfileLabel: "apps", "run": "elsewhere"}}, pinBroken: true},
		"pinned, labels Off":                  {profiles: []profiles.Profile{apps}, namespace: "apps", labels: policy.LabelsOff, meta: metav1.ObjectMeta{Labels: set{ProfileLabel: "apps"}}, pinBroken: true},
		"pinned but bound to a node":          {profiles: []profiles.Profile{all}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{ProfileLabel: "gone"}}, spec: corev1.PodSpec{NodeName: "n"}},

		// Step 3: the name that sorts first in byte order wins (F1.6, S5); node selectors are
		// ignored (F2.11, S11).
		"first by name":              {profiles: []profiles.Profile{selecting("b", "apps"), selecting("a", "apps")}, namespace: "apps", profile: "a", add: set{ProfileLabel: "a"}},
		"byte order":                 {profiles: []profiles.Profile{selecting("a2", "apps"), selecting("a10", "apps"), selecting("B", "apps")}, namespace: "apps", profile: "B", add: set{ProfileLabel: "B"}},
		"several match, labels Off":  {profiles: []profiles.Profile{selecting("b", "apps"), selecting("a", "apps")}, namespace: "apps", labels: policy.LabelsOff, profile: "a"},
		"two selectors of a profile": {profiles: []profiles.Profile{fargatetest.Profile("a", fargatetest.Selects("apps"), fargatetest.Selects("app*"))}, namespace: "apps", profile: "a"},
		"node selector is ignored":   {profiles: []profiles.Profile{all}, namespace: "apps", spec: corev1.PodSpec{NodeSelector: set{corev1.LabelArchStable: "arm64"}}, profile: "all"},
		"wildcards (F1.3)":           {profiles: []profiles.Profile{selecting("w", "app?", "team/*", "a*z")}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{"team/x": "abcz"}}, profile: "w"},

		// Step 4.
		"no Fargate node matches":   {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{NodeSelector: set{corev1.LabelArchStable: "arm64"}}},
		"affinity excludes Fargate": {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{Affinity: fargatetest.Requires(ComputeTypeKey, corev1.NodeSelectorOpNotIn, "fargate")}},
		"windows":                   {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{OS: &corev1.PodOS{Name: corev1.Windows}}},
		"another scheduler":         {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{SchedulerName: "volcano"}},
		"default scheduler":         {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{SchedulerName: "default-scheduler"}, profile: "apps", add: set{"run": "on-fargate"}},
		"fargate scheduler":         {profiles: []profiles.Profile{apps}, namespace: "apps", spec: corev1.PodSpec{SchedulerName: "fargate-scheduler"}, profile: "apps", add: set{"run": "on-fargate"}},
		"fewest labels":             {profiles: []profiles.Profile{selecting("a", "apps", "x", "1", "y", "2"), selecting("b", "apps", "z", "3")}, namespace: "apps", profile: "b", add: set{"z": "3"}},
		"fewest missing labels":     {profiles: []profiles.Profile{selecting("a", "apps", "x", "1", "y", "2"), selecting("b", "apps", "z", "3", "w", "4")}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{"w": "4"}}, profile: "b", add: set{"z": "3"}},
		"literal values preferred":  {profiles: []profiles.Profile{selecting("a", "apps", "x", "v*"), selecting("b", "apps", "z", "3")}, namespace: "apps", profile: "b", add: set{"z": "3"}},
		"tie: first profile name":   {profiles: []profiles.Profile{selecting("b", "apps", "x", "1"), selecting("a", "apps", "y", "2")}, namespace: "apps", profile: "a", add: set{"y": "2"}},
		"tie: first selector":       {profiles: []profiles.Profile{fargatetest.Profile("a", fargatetest.Selects("apps", "y", "2"), fargatetest.Selects("apps", "x", "1"))}, namespace: "apps", profile: "a", add: set{"y": "2"}},
		// S2: a wildcard becomes a concrete value.
		"value made of wildcards":       {profiles: []profiles.Profile{selecting("a", "apps", "x", "a*b?")}, namespace: "apps", profile: "a", add: set{"x": "abx"}},
		"value that ends in a wildcard": {profiles: []profiles.Profile{selecting("a", "apps", "x", "on-*")}, namespace: "apps", profile: "a", add: set{"x": "on-x"}},
		"value that starts with one":    {profiles: []profiles.Profile{selecting("a", "apps", "x", "*-on")}, namespace: "apps", profile: "a", add: set{"x": "x-on"}},
		"value that a star completes":   {profiles: []profiles.Profile{selecting("a", "apps", "x", "on*")}, namespace: "apps", profile: "a", add: set{"x": "on"}},
		"value with a star inside":      {profiles: []profiles.Profile{selecting("a", "apps", "x", "a-*-b")}, namespace: "apps", profile: "a", add: set{"x": "a--b"}},
		"value of one character":        {profiles: []profiles.Profile{selecting("a", "apps", "x", "?")}, namespace: "apps", profile: "a", add: set{"x": "x"}},
		"value of a few characters":     {profiles: []profiles.Profile{selecting("a", "apps", "x", "v?-??")}, namespace: "apps", profile: "a", add: set{"x": "vx-xx"}},
		"value made of a star":          {profiles: []profiles.Profile{selecting("a", "apps", "x", "*")}, namespace: "apps", profile: "a", add: set{"x": ""}},
		"value that ends in a hyphen":   {profiles: []profiles.Profile{selecting("a", "apps", "x", "*-")}, namespace: "apps"},
		"no valid value":                {profiles: []profiles.Profile{selecting("a", "apps", "x", "a b*")}, namespace: "apps"},
		"wildcard key":                  {profiles: []profiles.Profile{selecting("a", "apps", "x*", "1")}, namespace: "apps"},
		"wildcard key matches a label":  {profiles: []profiles.Profile{selecting("a", "apps", "x*", "1", "y", "2")}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{"xyz": "1"}}, profile: "a", add: set{"y": "2"}},
		"invalid key in a selector":     {profiles: []profiles.Profile{selecting("a", "apps", "no spaces", "1")}, namespace: "apps"},
		// Once the labels are added, EKS's own rule decides: another profile sorts first.
		"another profile sorts first": {profiles: []profiles.Profile{selecting("b", "apps", "x", "1"), selecting("a", "apps", "x", "1", "y", "*")}, namespace: "apps", meta: metav1.ObjectMeta{Labels: set{"y": "2"}}, profile: "a", add: set{"x": "1", ProfileLabel: "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.labels == "" {
				c.labels = policy.LabelsInject
			}
			got := Place(c.namespace, &c.meta, &c.spec, profiles.NewIndex(c.profiles), Adds{Labels: c.labels})
			if got.Fargate != (c.profile != "") || got.Profile != c.profile {
				t.Errorf("on Fargate: %v by profile %q, want profile %q; reason: %s", got.Fargate, got.Profile, c.profile, got.Reason)
			}
			if !maps.Equal(got.Labels, c.add) {
				t.Errorf("labels to add (-want +got):\n%s", cmp.Diff(c.add, got.Labels))
			}
			if (got.Pinned != "") != c.pinBroken || (got.PinProblem != "") != c.pinBroken {
				t.Errorf("broken pin %q (%s), want one: %v", got.Pinned, got.PinProblem, c.pinBroken)
			}
			if got.Reason == "" {
				t.Error("the reason is empty")
			}
		})
	}
}
