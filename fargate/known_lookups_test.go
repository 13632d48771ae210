package fargate

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/policy"
)

// counting counts what is looked up: objects by their kind and name, and lists.
type counting struct {
	*fargatetest.Cluster
	gets  map[string]int
	lists map[*cluster.Kind]int
}

func counted(c *fargatetest.Cluster) counting {
	return counting{c, map[string]int{}, map[*cluster.Kind]int{}}
}

func (c counting) Get(kind *cluster.Kind, namespace, name string) (metav1.Object, error) {
	c.gets[kind.Kind+" "+name]++
	return c.Cluster.Get(kind, namespace, name)
}

func (c counting) List(kind *cluster.Kind, namespace string) ([]metav1.Object, error) {
	c.lists[kind]++
	return c.Cluster.List(kind, namespace)
}

// The rules are checked once for each known workload that gets labels, or would: its claim is looked
// up once, and not at all in a cluster without other nodes. No list is read again for the next one.
func TestKnownWorkloadsAreCheckedOnce(t *testing.T) {
	const sets = 3
	known := func(of corev1.PodTemplateSpec) (objects []metav1.Object) {
		for i := range sets {
			set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("db-%d", i)}, Spec: appsv1.StatefulSetSpec{Template: *of.DeepCopy()}}
			set.Spec.Template.Spec.Volumes[0].PersistentVolumeClaim.ClaimName = set.Name
			objects = append(objects, set)
		}
		return objects
	}
	fit := known(templateOfWeb(withClaim))
	unfit := known(templateOfWeb(withClaim, func(t *corev1.PodTemplateSpec) { t.Spec.HostNetwork = true }))
	joining := fargatetest.Service("other", map[string]string{fixtures.Label: fixtures.Value})
	for name, c := range map[string]struct {
		known  *fargatetest.Cluster
		policy *policy.Policy
		// decided is how many workloads are decided about, and each how often a claim is looked up.
		decided, each int
	}{
		"the first runs on Fargate":                {inFixtures(fit...), policyWith(), 1, 1},
		"the first runs on Fargate, joins allowed": {inFixtures(fit...), policyWith(joinsAllowed), 1, 1},
		"a Service would join all":                 {inFixtures(append(known(templateOfWeb(withClaim)), joining)...), policyWith(), sets, 1},
		"Fargate refuses all":                      {inFixtures(unfit...), policyWith(), sets, 1},
		"the cluster has no nodes but Fargate's":   {inFixtures(fit...), policyWith(fargateOnly), 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			reader := counted(c.known)
			service := webService(corev1.ServiceTypeNodePort, bySelector("app", "web"))
			Decide(service, withReader(requestIn(Validating, nil), reader), fixtureIndex(), c.policy)
			for i := range sets {
				claim, want := fmt.Sprintf("PersistentVolumeClaim db-%d", i), 0
				if i < c.decided {
					want = c.each
				}
				if got := reader.gets[claim]; got != want {
					t.Errorf("%s looked up %d times, want %d", claim, got, want)
				}
			}
			for kind, times := range reader.lists {
				if times > 1 {
					t.Errorf("%s listed %d times", kind.Resource, times)
				}
			}
		})
	}
}
