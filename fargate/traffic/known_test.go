package traffic

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
)

// workloads answers with workloads, or with an error.
type workloads struct {
	objects []metav1.Object
	err     error
}

func (w workloads) Get(*cluster.Kind, string, string) (metav1.Object, error) {
	return nil, errors.New("not asked")
}

func (w workloads) List(kind *cluster.Kind, _ string) ([]metav1.Object, error) {
	var list []metav1.Object
	for _, object := range w.objects {
		if kind.Holds(object) {
			list = append(list, object)
		}
	}
	return list, w.err
}

// template returns one of pods that opt out, or don't.
func template(optedOut bool, labels map[string]string) corev1.PodTemplateSpec {
	var out corev1.PodTemplateSpec
	out.Labels = labels
	if optedOut {
		out.Annotations = map[string]string{placement.ComputeTypeKey: placement.ComputeTypeEC2}
	}
	return out
}

// revision returns the ReplicaSet of a revision of a Deployment, "" for an unknown one.
func revision(deployment, number string, replicas int32, optedOut bool) *appsv1.ReplicaSet {
	set := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Name:            fmt.Sprintf("%s-%s-%d", deployment, number, replicas),
			OwnerReferences: []metav1.OwnerReference{{Kind: "Deployment", Name: deployment, Controller: new(true)}},
		},
		Spec: appsv1.ReplicaSetSpec{Replicas: &replicas, Template: template(optedOut, map[string]string{"app": "web"})},
	}
	if number != "" {
		set.Annotations = map[string]string{RevisionAnnotation: number}
	}
	return set
}

// A Service whose known pods all run elsewhere is not surely one of pods on Fargate; where some of
// them run there, or none is known, it is.
func TestKnownPodsDecide(t *testing.T) {
	web, other := map[string]string{"app": "web", "tier": "front"}, map[string]string{"app": "other"}
	set := func(optedOut bool, labels map[string]string) *appsv1.ReplicaSet {
		return &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "web-1"}, Spec: appsv1.ReplicaSetSpec{Template: template(optedOut, labels)}}
	}
	pod := func(optedOut bool, phase corev1.PodPhase) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: web, Annotations: template(optedOut, nil).Annotations}, Status: corev1.PodStatus{Phase: phase}}
	}
	controlled := pod(true, "")
	controlled.OwnerReferences = []metav1.OwnerReference{{Kind: "Rollout", Name: "web", Controller: new(true)}}
	agent := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "agent"}, Spec: appsv1.DaemonSetSpec{Template: template(false, web)}}
	leaving := agent.DeepCopy()
	leaving.DeletionTimestamp = &metav1.Time{}
	stateful := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "db"}, Spec: appsv1.StatefulSetSpec{Template: template(true, web)}}
	controller := template(true, web)
	cron := &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Name: "nightly"}}
	cron.Spec.JobTemplate.Spec.Template = template(true, web)
	for name, c := range map[string]struct {
		objects []metav1.Object
		err     error
		want    Likelihood
		text    string // the beginning of the reason, at Possibly; what runs, at Surely
	}{
		"nothing known":            {want: Surely},
		"a DaemonSet":              {objects: []metav1.Object{agent}, want: Possibly, text: `new pods of DaemonSet "agent" don't run on Fargate; others`},
		"opted out":                {objects: []metav1.Object{set(true, web)}, want: Possibly, text: `new pods of ReplicaSet "web-1" `},
		"opted out, of Deployment": {objects: []metav1.Object{revision("web", "1", 2, true)}, want: Possibly, text: `new pods of Deployment "web" `},
		"StatefulSet":              {objects: []metav1.Object{stateful}, want: Possibly, text: `new pods of StatefulSet "db" `},
		"Job": {objects: []metav1.Object{&batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "once"},
			Spec: batchv1.JobSpec{Template: template(true, web)}}}, want: Possibly, text: `new pods of Job "once" `},
		"ReplicationController": {objects: []metav1.Object{&corev1.ReplicationController{ObjectMeta: metav1.ObjectMeta{Name: "old"},
			Spec: corev1.ReplicationControllerSpec{Template: &controller}}}, want: Possibly, text: `new pods of ReplicationController "old" `},
		"ReplicationController without a template": {objects: []metav1.Object{&corev1.ReplicationController{}}, want: Surely},
		"CronJob":                     {objects: []metav1.Object{cron}, want: Possibly, text: `new pods of CronJob "nightly" `},
		"Pod":                         {objects: []metav1.Object{pod(true, corev1.PodRunning)}, want: Possibly, text: `Pod "a" doesn't run on Fargate; others`},
		"Pod of a controller":         {objects: []metav1.Object{controlled}, want: Possibly, text: `new pods of Rollout "web" don't run`},
		"Pod that has ended":          {objects: []metav1.Object{pod(true, corev1.PodSucceeded), pod(true, corev1.PodFailed)}, want: Surely},
		"Pod on Fargate":              {objects: []metav1.Object{pod(false, "")}, want: Surely, text: `Pod "a", which runs`},
		"other pods":                  {objects: []metav1.Object{set(true, other)}, want: Surely},
		"not opted out":               {objects: []metav1.Object{set(false, web)}, want: Surely, text: `pods of ReplicaSet "web-1", which run`},
		"DaemonSet and ReplicaSet":    {objects: []metav1.Object{agent, set(false, web)}, want: Surely, text: `pods of ReplicaSet "web-1", which run`},
		"DaemonSet being deleted":     {objects: []metav1.Object{leaving}, want: Surely},
		"DaemonSet, and other labels": {objects: []metav1.Object{agent, set(false, other)}, want: Possibly, text: `new pods of DaemonSet "agent" `},
		"two":                         {objects: []metav1.Object{stateful, agent}, want: Possibly, text: `new pods of DaemonSet "agent" don't run on Fargate, nor do those of another workload; others`},
		"look-up failed":              {objects: []metav1.Object{agent}, err: errors.New("not synced"), want: Possibly, text: "what makes its pods could not be looked up: not synced"},

		"former revision":               {objects: []metav1.Object{revision("web", "1", 0, false), revision("web", "2", 1, true)}, want: Possibly, text: `new pods of Deployment "web" `},
		"former revision, scaling down": {objects: []metav1.Object{revision("web", "9", 1, false), revision("web", "10", 1, true)}, want: Possibly},
		"former revision, unnumbered":   {objects: []metav1.Object{revision("web", "", 0, false), revision("web", "", 1, true)}, want: Possibly},
		"current revision on Fargate":   {objects: []metav1.Object{revision("web", "1", 0, true), revision("web", "2", 1, false)}, want: Surely, text: `pods of Deployment "web", which run`},
		"scaled to zero":                {objects: []metav1.Object{revision("web", "2", 0, true)}, want: Possibly},
		"of another Deployment":         {objects: []metav1.Object{revision("web", "1", 1, false), revision("api", "2", 1, true)}, want: Surely, text: `pods of Deployment "web", which run`},
	} {
		for form, known := range map[string]workloads{"manifests": {c.objects, c.err}, "caches": {fargatetest.Cached(c.objects), c.err}} {
			t.Run(form+"/"+name, func(t *testing.T) {
				n := namespaceOf(policy.LabelsInject, fargatetest.Profile("all", fargatetest.Selects("apps")))
				n.Cluster = known
				service := &corev1.Service{Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "web"}}}
				pods := n.PodsOf(service)
				said := pods.Reason
				if c.want == Surely {
					said = pods.Run
				}
				if pods.OnFargate != c.want || !strings.HasPrefix(said, c.text) || (c.text == "") != (said == "") && c.want == Surely || (pods.Profile == "all") != (c.want == Surely) {
					t.Errorf("got %+v, want %v: %s", pods, c.want, c.text)
				}
				if (pods.Unknown != "") != (c.err != nil) || pods.Certain() != (c.want == Surely) {
					t.Errorf("got %+v", pods)
				}
				n.FargateOnly = true
				if pods := n.PodsOf(service); pods.OnFargate != c.want || !pods.Certain() {
					t.Errorf("with no other nodes: got %+v", pods)
				}
				service.Annotations = map[string]string{placement.ComputeTypeKey: placement.ComputeTypeEC2}
				if pods := n.PodsOf(service); pods.OnFargate != Never || pods.Certain() {
					t.Errorf("opted out, with no other nodes: got %+v", pods)
				}
			})
		}
	}
}

// A bounded number of workloads is decided about, whatever selects them, and what was not looked at
// is said. It stops at the first on Fargate.
func TestDecisionsAreBounded(t *testing.T) {
	const many = 5000
	known := workloads{}
	for i := range many {
		set := revision(fmt.Sprintf("web-%04d", i), "1", 1, true)
		known.objects = append(known.objects, set)
	}
	n := namespaceOf(policy.LabelsInject, fargatetest.Profile("apps", fargatetest.Selects("apps", "run", "on-fargate")))
	n.Cluster = known
	decided := 0
	places := n.Places
	n.Places = func(w *Workload) placement.Placement { decided++; return places(w) }
	service := &corev1.Service{Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "web"}}}

	pods := n.PodsOf(service)
	want := fmt.Sprintf(`new pods of Deployment "web-0000" don't run on Fargate, nor do those of %d more workloads (more workloads were not looked at); others with these labels would, by profile "apps"`, maxDecided-1)
	if decided != maxDecided || pods.Reason != want {
		t.Errorf("decided about %d: %+v", decided, pods)
	}
	if set, ok := known.objects[2].(*appsv1.ReplicaSet); ok {
		set.Spec.Template.Annotations = nil
	}
	decided = 0
	if pods := n.PodsOf(service); decided != 3 || pods.OnFargate != Surely {
		t.Errorf("decided about %d: %+v", decided, pods)
	}
	decided = 0
	service.Spec.Selector = map[string]string{"app": "api"}
	if pods := n.PodsOf(service); decided != 1 || pods.OnFargate != Surely || pods.Run != "" {
		t.Errorf("no pods known: decided about %d: %+v", decided, pods)
	}
}
