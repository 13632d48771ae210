package fargate

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"fargate-webhook/fargate/fixtures"
)

// crowded is a namespace whose lists are at hand, as in a cache.
type crowded struct {
	fakeCluster
	services []*corev1.Service
	policies []*networkingv1.NetworkPolicy
	sets     []*appsv1.ReplicaSet
}

func (c crowded) Services(string) ([]*corev1.Service, error) { return c.services, nil }
func (c crowded) NetworkPolicies(string) ([]*networkingv1.NetworkPolicy, error) {
	return c.policies, nil
}
func (c crowded) ReplicaSets(string) ([]*appsv1.ReplicaSet, error) { return c.sets, nil }

// What labels change in a namespace of 200 Services, 100 NetworkPolicies and 500 ReplicaSets (Deployments keep old ones): well below
// 1 ms, even where all 300 select every pod on Fargate, which none does on purpose.
func BenchmarkReselect(b *testing.B) {
	for _, bench := range []struct {
		name   string
		labels []string
		pod    *corev1.Pod
	}{
		{"other labels", []string{"stage", "test"}, unlabelled()},
		{"the label", []string{fixtures.Label, fixtures.Value}, unlabelled()},
		{"all join", nil, ownedPod()},
	} {
		c := crowded{fakeCluster: inCluster()}
		for i := range 500 {
			app := fmt.Sprintf("app-%d", i)
			selector := selectsLabels(append([]string{"app", app}, bench.labels...)...)
			if bench.labels == nil {
				selector = selectsLabels(fixtures.Label, fixtures.Value)
			}
			c.sets = append(c.sets, replicaSetOf(app, selector))
			if i < 200 {
				c.services = append(c.services, serviceOf(app, selector.MatchLabels))
			}
			if i < 100 {
				c.policies = append(c.policies, networkPolicyOf(app, selector))
			}
		}
		b.Run(bench.name, func(b *testing.B) {
			policy, index := DefaultPolicy(), fixtureIndex()
			b.ReportAllocs()
			for b.Loop() {
				s := subjectOf(bench.pod)
				s.request.Cluster, s.settings = c, &policy.Settings
				s.placement = Place(fixtures.Namespace, s.meta, s.spec, index, LabelsInject)
				s.reselect()
			}
		})
	}
}
