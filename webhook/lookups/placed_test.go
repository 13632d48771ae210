package lookups

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// placedIn is what a cluster has of a workload in the namespace of the fixtures, and the policy.
type placedIn struct {
	others []runtime.Object
	policy policy.Policy
}

// reader returns a cluster with the others and more objects, all in the namespace of the fixtures.
func (in placedIn) reader(t *testing.T, more ...metav1.Object) *fargatetest.Cluster {
	t.Helper()
	reader := &fargatetest.Cluster{}
	for _, other := range in.others {
		o, ok := other.DeepCopyObject().(metav1.Object)
		if !ok {
			t.Fatalf("%T", other)
		}
		switch o.(type) {
		case *corev1.PersistentVolumeClaim, *corev1.Service:
			o.SetNamespace(fixtures.Namespace)
		}
		reader.Objects = append(reader.Objects, o)
	}
	for _, o := range more {
		o.SetNamespace(fixtures.Namespace)
		reader.Objects = append(reader.Objects, o)
	}
	return reader
}

// pods decides about the pods of a workload.
func (in placedIn) pods(t *testing.T, workload runtime.Object) placement.Placement {
	t.Helper()
	return in.decide(workload, in.reader(t)).Placement
}

// service decides about a NodePort Service of the pods of a known workload, as the webhook does.
func (in placedIn) service(t *testing.T, workload any) fargate.Decision {
	t.Helper()
	known, ok := workload.(metav1.Object)
	if !ok {
		t.Fatalf("%T", workload)
	}
	service := fargatetest.Service("asking", map[string]string{asked: "yes"})
	service.Spec.Type = corev1.ServiceTypeNodePort
	return in.decide(service, in.reader(t, known))
}

func (in placedIn) decide(object runtime.Object, reader *fargatetest.Cluster) fargate.Decision {
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile(fixtures.Profile, fargatetest.Selects(fixtures.Namespace, fixtures.Label, fixtures.Value))})
	return fargate.Decide(object, fargate.Request{Operation: fargate.OperationCreate, Namespace: fixtures.Namespace, Cluster: reader}, index, &in.policy)
}

// asked is the label of pods that a Service asks about.
const asked = "asked"
