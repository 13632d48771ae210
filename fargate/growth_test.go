package fargate

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	krt "k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/cluster"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// What a decision allocates grows linearly at most, with each thing of an object, of the profiles and
// of the namespace that can be many. What is measured is allocated memory: time depends on the
// machine.
func TestGrowthIsLinear(t *testing.T) {
	if withRace {
		t.Skip("the race detector multiplies allocations")
	}
	const most, least = 1.1, 64 << 10
	for name, grown := range growths() {
		for _, phase := range []Phase{Mutating, Validating} {
			all := map[int]float64{}
			for _, n := range grownTo {
				all[n] = allocated(grown(n), phase)
			}
			if all[grownTo[len(grownTo)-1]] < least {
				continue // it doesn't depend on the number
			}
			for i := 1; i < len(grownTo); i++ {
				few, many := grownTo[i-1], grownTo[i]
				exponent := math.Log(all[many]/all[few]) / math.Log(float64(many)/float64(few))
				if exponent > most {
					t.Errorf("%s, phase %d: %.0f bytes for %d, %.0f for %d: grows with exponent %.2f", name, phase, all[few], few, all[many], many, exponent)
				}
				if i == len(grownTo)-1 {
					t.Logf("grows: %s, phase %d: exponent %.2f", name, phase, exponent) // `make bench` reads it
				}
			}
		}
	}
}

// grownTo is how many there are of a thing. The last is as many as the one before times a power of two:
// then what grows by doubling has the same share of unused room.
var grownTo = []int{1, 10, 100, 1_000, 8_000}

// question is what is decided, and by what.
type question struct {
	object  krt.Object
	index   *profiles.Index
	cluster *fargatetest.Cluster
	// old is the object before an update; nil on create.
	old krt.Object
}

// request returns the request of a phase.
func (q *question) request(phase Phase) Request {
	r := Request{Operation: OperationCreate, Namespace: fixtures.Namespace, Phase: phase, Cluster: q.cluster}
	if q.old != nil {
		r.Operation, r.Old = OperationUpdate, q.old
	}
	return r
}

// allocated returns how many bytes a decision allocates, the least of three.
func allocated(q question, phase Phase) float64 {
	p, least := policy.Default(), math.Inf(1)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Decide(q.object, q.request(phase), q.index, &p)
		runtime.ReadMemStats(&after)
		least = min(least, float64(after.TotalAlloc-before.TotalAlloc))
	}
	return least
}

// recordsOfMany are objects whose record of what admission added has n keys, by kind.
func recordsOfMany() map[string]func(n int) krt.Object {
	all := map[string]func(n int) krt.Object{}
	for kind, object := range map[string]func() cluster.Object{
		"Service":                  func() cluster.Object { return webService(corev1.ServiceTypeLoadBalancer) },
		"Ingress":                  func() cluster.Object { return ingressTo("alb", "web") },
		"TargetGroupConfiguration": func() cluster.Object { return groupsOf("web") },
		"DaemonSet":                func() cluster.Object { return agent(nil) },
	} {
		all["keys that a "+kind+" records"] = func(n int) krt.Object {
			keys := make([]string, n)
			for i := range keys {
				keys[i] = fmt.Sprintf("k%d", i)
			}
			o := object()
			o.SetAnnotations(map[string]string{kinds.AddedAnnotation: strings.Join(keys, ",")})
			return o
		}
	}
	return all
}

// growths are questions with n of a thing, by thing.
func growths() map[string]func(n int) question {
	all := map[string]func(n int) question{}
	for name, object := range manyOf() {
		all[name] = func(n int) question {
			return question{object: object(n), index: fixtureIndex(), cluster: &fargatetest.Cluster{}}
		}
	}
	for name, object := range recordsOfMany() {
		all[name] = func(n int) question {
			return question{object: object(n), index: fixtureIndex(), cluster: trafficCluster(), old: object(n)}
		}
	}
	all["unmet selectors"] = func(n int) question {
		list := make([]profiles.Profile, n)
		for i := range list {
			list[i] = profiles.Profile{Name: fmt.Sprintf("p%d", i), Status: profiles.StatusActive, Selectors: []profiles.Selector{
				{Namespace: fixtures.Namespace, Labels: map[string]string{fmt.Sprintf("l%d", i): "a", "team": "b"}},
			}}
		}
		pod := fixtures.Pod()
		pod.Labels = map[string]string{"app": "web"}
		return question{object: pod, index: profiles.NewIndex(list), cluster: &fargatetest.Cluster{}}
	}
	among := func(object func(i int) metav1.Object) func(n int) question {
		return func(n int) question {
			pod := fixtures.Pod()
			pod.Labels = map[string]string{"app": "web"} // it gets a label, which may join what others select
			known := &fargatetest.Cluster{}
			for i := range n {
				o := object(i)
				o.SetNamespace(fixtures.Namespace)
				known.Objects = append(known.Objects, o)
			}
			return question{object: pod, index: fixtureIndex(), cluster: known}
		}
	}
	selector := func(i int) map[string]string { return map[string]string{"app": fmt.Sprint(i), fixtures.Label: "x"} }
	all["Services of the namespace"] = among(func(i int) metav1.Object {
		return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint(i)}, Spec: corev1.ServiceSpec{Selector: selector(i)}}
	})
	all["PodDisruptionBudgets of the namespace"] = among(func(i int) metav1.Object {
		return fargatetest.PodDisruptionBudget(fmt.Sprint(i), &metav1.LabelSelector{MatchLabels: selector(i)})
	})
	all["ReplicaSets of the namespace"] = among(func(i int) metav1.Object {
		return fargatetest.ReplicaSet(fmt.Sprint(i), &metav1.LabelSelector{MatchLabels: selector(i)})
	})
	return all
}
