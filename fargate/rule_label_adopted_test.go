package fargate

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fixtures"
)

const (
	beforeAdopters = ` label-adopted: with the labels {run: "on-fargate"}, by which Fargate profile "each-test" selects pods, `
	afterAdopters  = " would adopt the pod and may delete it, so they are not added"
)

// Controllers adopt pods that their selector matches and that have no controller (S24).
func TestLabelAdopted(t *testing.T) {
	free, owned, refers := unlabelled(), unlabelled(), unlabelled()
	owned.OwnerReferences = []metav1.OwnerReference{{Kind: "StatefulSet", Name: "db", Controller: new(true)}}
	refers.OwnerReferences = []metav1.OwnerReference{{Kind: "ConfigMap", Name: "db"}}
	templated := controllerOf("web", nil)
	templated.Spec.Template = &corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"run": "on-fargate"}}}
	run := selectsLabels("run", "on-fargate")
	for name, c := range map[string]struct {
		pod     *corev1.Pod
		objects []metav1.Object
		want    string
	}{
		"nobody":                     {pod: free},
		"ReplicaSet":                 {pod: free, objects: []metav1.Object{replicaSetOf("web", run)}, want: `ReplicaSet "web"`},
		"ReplicationController":      {pod: free, objects: []metav1.Object{controllerOf("web", run.MatchLabels)}, want: `ReplicationController "web"`},
		"selector of its template":   {pod: free, objects: []metav1.Object{templated}, want: `ReplicationController "web"`},
		"expressions":                {pod: free, objects: []metav1.Object{replicaSetOf("web", runLabel(metav1.LabelSelectorOpExists))}, want: `ReplicaSet "web"`},
		"another app":                {pod: free, objects: []metav1.Object{replicaSetOf("web", selectsLabels("app", "db", "run", "on-fargate"))}},
		"adopted as it stands":       {pod: free, objects: []metav1.Object{replicaSetOf("web", selectsLabels("app", "web")), replicaSetOf("all", selectsLabels())}},
		"no selector":                {pod: free, objects: []metav1.Object{replicaSetOf("web", nil), controllerOf("web", nil)}},
		"not a selector":             {pod: free, objects: []metav1.Object{replicaSetOf("web", runLabel("Roughly"))}},
		"being deleted":              {pod: free, objects: []metav1.Object{deleted(replicaSetOf("web", run)), deleted(controllerOf("web", run.MatchLabels))}},
		"let go by the label":        {pod: free, objects: []metav1.Object{replicaSetOf("web", runLabel(metav1.LabelSelectorOpDoesNotExist))}},
		"has a controller":           {pod: owned, objects: []metav1.Object{replicaSetOf("web", run)}},
		"an owner that isn't one":    {pod: refers, objects: []metav1.Object{replicaSetOf("web", run)}, want: `ReplicaSet "web"`},
		"many":                       {pod: free, objects: []metav1.Object{replicaSetOf("b", run), replicaSetOf("a", run), controllerOf("c", run.MatchLabels), controllerOf("d", run.MatchLabels)}, want: `ReplicaSet "a", ReplicaSet "b", ReplicationController "c" and 1 more`},
		"by EKS's own label (F1.7)":  {pod: free, objects: []metav1.Object{replicaSetOf("web", selectsLabels(ProfileLabel, fixtures.Profile))}, want: `ReplicaSet "web"`},
		"EKS's label, another value": {pod: free, objects: []metav1.Object{replicaSetOf("web", selectsLabels(ProfileLabel, "other"))}},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := inCluster(c.objects...)
			for _, action := range []Action{ActionDeny, ActionWarn} {
				var want []string
				if c.want != "" {
					want = []string{string(action) + beforeAdopters + c.want + afterAdopters}
				}
				// Under Warn it is admitted as it is, and isn't told that it lacks labels.
				checkAnswers(t, created(c.pod, cluster, fixtureIndex(), under(map[RuleID]Action{RuleLabelAdopted: action})), c.want == "", want, nil, want)
			}
			checkAnswers(t, created(c.pod, cluster, fixtureIndex(), under(map[RuleID]Action{RuleLabelAdopted: ActionOff})), true, nil, nil, nil)
		})
	}
}

// What is to be changed is named: what the pod and the ReplicaSet have in common.
func TestLabelAdoptedRemedy(t *testing.T) {
	const own = `put {run: "on-fargate"} on the pod yourself if it is to be adopted; or opt it out`
	run := metav1.LabelSelectorRequirement{Key: "run", Operator: metav1.LabelSelectorOpExists}
	for want, selector := range map[string]*metav1.LabelSelector{
		own: selectsLabels("run", "on-fargate"),
		`change a label that the pod shares with ReplicaSet "web": {app: "web"}; or ` + own: selectsLabels("app", "web", "run", "on-fargate"),
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
		d := created(pod, inCluster(replicaSetOf("web", selector)), fixtureIndex(), under(nil)).validating
		if len(d.Findings) != 1 || d.Findings[0].Remedy != want || d.Findings[0].Field != "metadata.labels" {
			t.Errorf("have %+v, want the remedy %s", d.Findings, want)
		}
	}
}

// The pods of a template have a controller, and its ReplicaSet is theirs.
func TestLabelAdoptedTemplates(t *testing.T) {
	pod := unlabelled()
	set := replicaSetOf("web", selectsLabels("run", "on-fargate"))
	set.Spec.Template = corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
	deployment := &appsv1.Deployment{ObjectMeta: meta("web"), Spec: appsv1.DeploymentSpec{Template: set.Spec.Template}}
	cluster := inCluster(replicaSetOf("web", selectsLabels("run", "on-fargate")))
	for _, d := range []Decision{
		created(set, cluster, fixtureIndex(), under(nil)).validating,
		created(deployment, cluster, fixtureIndex(), under(nil)).validating,
	} {
		if len(d.Findings) > 0 || d.Placement.Labels["run"] == "" {
			t.Errorf("have %q, placement %+v", brief(d), d.Placement)
		}
	}
}
