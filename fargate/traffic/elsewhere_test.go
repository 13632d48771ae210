package traffic

import (
	"errors"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/profiles"
)

// workloads answers with workloads, or with an error.
type workloads struct {
	objects map[*cluster.Kind][]metav1.Object
	err     error
}

func (w workloads) Get(*cluster.Kind, string, string) (metav1.Object, error) {
	return nil, errors.New("not asked")
}

func (w workloads) List(kind *cluster.Kind, _ string) ([]metav1.Object, error) {
	return w.objects[kind], w.err
}

// A Service whose pods run elsewhere, all that are known, is not surely one of pods on Fargate.
func TestPodsElsewhere(t *testing.T) {
	template := func(optedOut bool, labels map[string]string) corev1.PodTemplateSpec {
		var out corev1.PodTemplateSpec
		out.Labels = labels
		if optedOut {
			out.Annotations = map[string]string{placement.ComputeTypeKey: placement.ComputeTypeEC2}
		}
		return out
	}
	web, other := map[string]string{"app": "web", "tier": "front"}, map[string]string{"app": "other"}
	set := func(optedOut bool, labels map[string]string) *appsv1.ReplicaSet {
		return &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "web-1"}, Spec: appsv1.ReplicaSetSpec{Template: template(optedOut, labels)}}
	}
	owned := set(true, web)
	owned.OwnerReferences = []metav1.OwnerReference{{Kind: "Deployment", Name: "web", Controller: new(true)}}
	agent := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "agent"}, Spec: appsv1.DaemonSetSpec{Template: template(false, web)}}
	leaving := agent.DeepCopy()
	leaving.DeletionTimestamp = &metav1.Time{}
	for name, c := range map[string]struct {
		objects []metav1.Object
		err     error
		want    Likelihood
		names   string
	}{
		"nothing known":            {want: Surely},
		"a DaemonSet":              {objects: []metav1.Object{agent}, want: Possibly, names: `DaemonSet "agent" `},
		"opted out":                {objects: []metav1.Object{set(true, web)}, want: Possibly, names: `ReplicaSet "web-1" `},
		"opted out, of Deployment": {objects: []metav1.Object{owned}, want: Possibly, names: `Deployment "web" `},
		"StatefulSet": {objects: []metav1.Object{&appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "db"},
			Spec: appsv1.StatefulSetSpec{Template: template(true, web)}}}, want: Possibly, names: `StatefulSet "db" `},
		"Job": {objects: []metav1.Object{&batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "once"},
			Spec: batchv1.JobSpec{Template: template(true, web)}}}, want: Possibly, names: `Job "once" `},
		"other pods":                  {objects: []metav1.Object{set(true, other)}, want: Surely},
		"not opted out":               {objects: []metav1.Object{set(false, web)}, want: Surely},
		"DaemonSet and ReplicaSet":    {objects: []metav1.Object{agent, set(false, web)}, want: Surely},
		"DaemonSet being deleted":     {objects: []metav1.Object{leaving}, want: Surely},
		"DaemonSet, look-up failed":   {objects: []metav1.Object{agent}, err: errors.New("not synced"), want: Surely},
		"DaemonSet, and other labels": {objects: []metav1.Object{agent, set(false, other)}, want: Possibly, names: `DaemonSet "agent" `},
	} {
		t.Run(name, func(t *testing.T) {
			known := workloads{objects: map[*cluster.Kind][]metav1.Object{}, err: c.err}
			for _, object := range c.objects {
				for _, kind := range makers {
					if kind.Holds(object) {
						known.objects[kind] = append(known.objects[kind], object)
					}
				}
			}
			n := Namespace{Name: "apps", Cluster: known, Index: profiles.NewIndex([]profiles.Profile{
				{Name: "all", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "apps"}}},
			})}
			service := &corev1.Service{Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "web"}}}
			pods := n.PodsOf(service)
			if pods.OnFargate != c.want || !strings.HasPrefix(pods.Reason, c.names) || (pods.Profile == "all") != (c.want == Surely) {
				t.Errorf("got %+v, want %v naming %s", pods, c.want, c.names)
			}
			n.FargateOnly = true
			if pods := n.PodsOf(service); pods.OnFargate != Surely {
				t.Errorf("with no other nodes: got %+v", pods)
			}
		})
	}
}
