package fargate

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// adoptedMessage returns the message for objects that would adopt an unlabelled pod.
func adoptedMessage(action policy.Action, adopters, profile string) string {
	return fmt.Sprintf("%s label-adopted: %s would adopt the pod, and may delete it, once it has the labels {run: \"on-fargate\"} of Fargate profile %q, "+
		"so they are not added", action, adopters, profile)
}

// ReplicaSets and ReplicationControllers adopt pods that match their selector and have no
// controller (S24).
func TestLabelAdopted(t *testing.T) {
	free, owned, refers := unlabelled(), unlabelled(), unlabelled()
	owned.OwnerReferences = []metav1.OwnerReference{{Kind: "StatefulSet", Name: "db", Controller: new(true)}}
	refers.OwnerReferences = []metav1.OwnerReference{{Kind: "ConfigMap", Name: "db"}}
	templated := fargatetest.ReplicationController("web", nil)
	templated.Spec.Template = &corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"run": "on-fargate"}}}
	run := fargatetest.MatchLabels("run", "on-fargate")
	for name, c := range map[string]struct {
		pod     *corev1.Pod
		objects []metav1.Object
		want    string
	}{
		"no controllers":              {pod: free},
		"ReplicaSet":                  {pod: free, objects: []metav1.Object{fargatetest.ReplicaSet("web", run)}, want: `ReplicaSet "web"`},
		"ReplicationController":       {pod: free, objects: []metav1.Object{fargatetest.ReplicationController("web", run.MatchLabels)}, want: `ReplicationController "web"`},
		"labels of its template":      {pod: free, objects: []metav1.Object{templated}, want: `ReplicationController "web"`},
		"expressions":                 {pod: free, objects: []metav1.Object{fargatetest.ReplicaSet("web", runLabel(metav1.LabelSelectorOpExists))}, want: `ReplicaSet "web"`},
		"another app":                 {pod: free, objects: []metav1.Object{fargatetest.ReplicaSet("web", fargatetest.MatchLabels("app", "db", "run", "on-fargate"))}},
		"adopted without the labels":  {pod: free, objects: []metav1.Object{fargatetest.ReplicaSet("web", fargatetest.MatchLabels("app", "web")), fargatetest.ReplicaSet("all", fargatetest.MatchLabels())}},
		"no selector":                 {pod: free, objects: []metav1.Object{fargatetest.ReplicaSet("web", nil), fargatetest.ReplicationController("web", nil)}},
		"invalid selector":            {pod: free, objects: []metav1.Object{fargatetest.ReplicaSet("web", runLabel("Roughly"))}},
		"being deleted":               {pod: free, objects: []metav1.Object{deleted(fargatetest.ReplicaSet("web", run)), deleted(fargatetest.ReplicationController("web", run.MatchLabels))}},
		"released by the label":       {pod: free, objects: []metav1.Object{fargatetest.ReplicaSet("web", runLabel(metav1.LabelSelectorOpDoesNotExist))}},
		"has a controller":            {pod: owned, objects: []metav1.Object{fargatetest.ReplicaSet("web", run)}},
		"owner that is no controller": {pod: refers, objects: []metav1.Object{fargatetest.ReplicaSet("web", run)}, want: `ReplicaSet "web"`},
		"many":                        {pod: free, objects: []metav1.Object{fargatetest.ReplicaSet("b", run), fargatetest.ReplicaSet("a", run), fargatetest.ReplicationController("c", run.MatchLabels), fargatetest.ReplicationController("d", run.MatchLabels)}, want: `ReplicaSet "a", ReplicaSet "b", ReplicationController "c" and 1 more`},
		"by EKS's own label (F1.7)":   {pod: free, objects: []metav1.Object{fargatetest.ReplicaSet("web", fargatetest.MatchLabels(placement.ProfileLabel, fixtures.Profile))}, want: `ReplicaSet "web"`},
		"EKS's label, another value":  {pod: free, objects: []metav1.Object{fargatetest.ReplicaSet("web", fargatetest.MatchLabels(placement.ProfileLabel, "other"))}},
	} {
		t.Run(name, func(t *testing.T) {
			reader := fargatetest.In(fixtures.Namespace, c.objects...)
			for _, action := range []policy.Action{policy.Deny, policy.Warn} {
				var want []string
				if c.want != "" {
					want = []string{adoptedMessage(action, c.want, fixtures.Profile)}
				}
				// Under Warn the pod is admitted without labels, and they aren't reported as
				// missing.
				checkPhases(t, created(c.pod, reader, fixtureIndex(), policyWith(joinsAllowed, ruled(rules.LabelAdopted, action))), c.want == "", want, nil, want)
			}
			checkPhases(t, created(c.pod, reader, fixtureIndex(), policyWith(joinsAllowed, ruled(rules.LabelAdopted, policy.Off))), true, nil, nil, nil)
		})
	}
}

// The remedy names the labels that the pod shares with the ReplicaSet.
func TestLabelAdoptedRemedy(t *testing.T) {
	const own = `add {run: "on-fargate"} yourself if the pod is to be adopted; or opt it out`
	run := metav1.LabelSelectorRequirement{Key: "run", Operator: metav1.LabelSelectorOpExists}
	for want, selector := range map[string]*metav1.LabelSelector{
		own: fargatetest.MatchLabels("run", "on-fargate"),
		`change a label that the pod shares with ReplicaSet "web": {app: "web"}; or ` + own: fargatetest.MatchLabels("app", "web", "run", "on-fargate"),
		`change a label that the pod shares with ReplicaSet "web": {app: "web", tier: "front"}; or ` + own: {MatchExpressions: []metav1.LabelSelectorRequirement{
			run,
			{Key: "tier", Operator: metav1.LabelSelectorOpIn, Values: []string{"back", "front"}},
			{Key: "app", Operator: metav1.LabelSelectorOpExists},
			{Key: "zone", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"b"}},
			{Key: "old", Operator: metav1.LabelSelectorOpDoesNotExist},
		}},
	} {
		pod := unlabelled()
		pod.Labels["tier"], pod.Labels["zone"] = "front", "a"
		d := created(pod, fargatetest.In(fixtures.Namespace, fargatetest.ReplicaSet("web", selector)), fixtureIndex(), policyWith(joinsAllowed)).validating
		if len(d.Findings) != 1 || d.Findings[0].Remedy != want || d.Findings[0].Field != "metadata.labels" {
			t.Errorf("got %+v, want the remedy %s", d.Findings, want)
		}
	}
}

// Pods of a template have a controller, so nothing adopts them.
func TestLabelAdoptedTemplates(t *testing.T) {
	pod := unlabelled()
	set := fargatetest.ReplicaSet("web", fargatetest.MatchLabels("run", "on-fargate"))
	set.Spec.Template = corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "web"}, Spec: appsv1.DeploymentSpec{Template: set.Spec.Template}}
	reader := fargatetest.In(fixtures.Namespace, fargatetest.ReplicaSet("web", fargatetest.MatchLabels("run", "on-fargate")))
	for _, d := range []Decision{
		created(set, reader, fixtureIndex(), policyWith(joinsAllowed)).validating,
		created(deployment, reader, fixtureIndex(), policyWith(joinsAllowed)).validating,
	} {
		if len(d.Findings) > 0 || d.Placement.Labels["run"] == "" {
			t.Errorf("got %q, placement %+v", messages(&d), d.Placement)
		}
	}
}
