package fargate

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/kinds/lbc"
)

// listed is a [cluster.Reader] that lists at once, as caches do.
type listed struct {
	*fargatetest.Cluster
	byKind map[*cluster.Kind][]metav1.Object
}

func (l listed) List(kind *cluster.Kind, _ string) ([]metav1.Object, error) {
	return l.byKind[kind], nil
}

func (l listed) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	if kind == cluster.Services {
		return fargatetest.Service(name, map[string]string{"app": "web"}), nil
	}
	return l.Cluster.Get(kind, namespace, name)
}

// crowded returns a namespace with many ReplicaSets, whose pods all have the label app: web and
// can't run on Fargate.
func crowded(many int) listed {
	sets := make([]metav1.Object, 0, many)
	for i := range many {
		set := setOfWeb(templateOfWeb(func(t *corev1.PodTemplateSpec) { t.Spec.HostNetwork = true }))
		set.Name = fmt.Sprintf("web-%05d", i)
		set.OwnerReferences[0].Name = fmt.Sprintf("web-%d", i)
		sets = append(sets, set)
	}
	class := ingressClass("alb", lbc.IngressController, "", "", "")
	return listed{&fargatetest.Cluster{Objects: []metav1.Object{class}}, map[*cluster.Kind][]metav1.Object{cluster.ReplicaSets: sets}}
}

// BenchmarkCrowdedNamespace decides what leads traffic to pods of a namespace with 5,000
// ReplicaSets: what it selects none, and all of them; and about an Ingress with 200 such Services.
func BenchmarkCrowdedNamespace(b *testing.B) {
	reader := crowded(5000)
	services := make([]string, 200)
	for i := range services {
		services[i] = fmt.Sprintf("web-%d", i)
	}
	ingress := noting(ingressTo("alb", services...), albTargetType, "instance")
	for name, object := range map[string]runtime.Object{
		"none":    webService(corev1.ServiceTypeNodePort, bySelector("app", "api")),
		"all":     webService(corev1.ServiceTypeNodePort, bySelector("app", "web")),
		"Ingress": ingress,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			request := Request{Operation: OperationCreate, Namespace: fixtures.Namespace, Phase: Validating, Cluster: reader}
			for b.Loop() {
				Decide(object, request, fixtureIndex(), policyWith())
			}
		})
	}
}
