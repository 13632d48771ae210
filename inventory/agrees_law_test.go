package inventory

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"fargate-webhook/bill"
	"fargate-webhook/fargate"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

// testIndex has two profiles, each for a namespace.
func testIndex() *profiles.Index {
	var list []profiles.Profile
	for _, name := range []string{"one", "two"} {
		list = append(list, profiles.Profile{Name: name, Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: name}}})
	}
	return profiles.NewIndex(list)
}

func testPrices(t rapid.TB) *bill.Prices {
	t.Helper()
	prices, ok := bill.In("us-east-1")
	if !ok {
		t.Fatal("no prices")
	}
	return &prices
}

// live returns a pod as it stands in the cluster: after the webhook, EKS and its scheduler.
func live(t rapid.TB, namespace string, spec *corev1.PodSpec, owner string, p *policy.Policy) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "pod"}, Spec: *spec}
	d := fargate.Decide(pod, fargate.Request{Operation: fargate.OperationCreate, Namespace: namespace}, testIndex(), p)
	pod = fargatetest.Patched(t, pod, d.Patch)
	pod.UID = types.UID(owner)
	pod.Labels = map[string]string{"eks.amazonaws.com/fargate-profile": namespace}
	pod.Spec.SchedulerName, pod.Spec.NodeName = "fargate-scheduler", "fargate-ip-10-0-0-1"
	pod.Status.Phase = corev1.PodRunning
	return pod
}

// What the pods of a set of manifests cost and waste in the cluster, with the webhook's raised
// requests, is to the cent what review says of these manifests, by profile.
func TestLawAgreesWithReview(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := policy.Default()
		p.Resources = rapid.SampledFrom([]policy.Resources{policy.ResourcesFit, policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesOff}).Draw(t, "policy")
		var manifests strings.Builder
		var pods []any
		for i := range rapid.IntRange(1, 8).Draw(t, "workloads") {
			namespace, name := rapid.SampledFrom([]string{"one", "two"}).Draw(t, "namespace"), fmt.Sprintf("w-%d", i)
			spec := drawSpec(t)
			replicas := 1
			if rapid.Bool().Draw(t, "bare") {
				manifests.Write(manifest(t, "v1", "Pod", namespace, name, spec))
			} else {
				replicas = rapid.IntRange(0, 7).Draw(t, "replicas")
				manifests.Write(manifest(t, "apps/v1", "Deployment", namespace, name, map[string]any{
					"replicas": replicas, "selector": map[string]any{"matchLabels": map[string]string{"app": name}},
					"template": map[string]any{"metadata": map[string]any{"labels": map[string]string{"app": name}}, "spec": spec},
				}))
			}
			for range replicas {
				reduced, err := reduce(live(t, namespace, spec, name, &p))
				if err != nil {
					t.Fatal(err)
				}
				pods = append(pods, reduced)
			}
		}
		r := review.Reviewer{Index: testIndex(), Policy: p, Namespace: "default", Prices: testPrices(t)}
		report, problems := r.Paths([]string{"-"}, false, strings.NewReader(manifests.String()))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		want := map[string][2]bill.Money{}
		for profile, total := range report.Bill.Profiles {
			if total.Month.Least != total.Month.Most {
				t.Fatalf("%s costs %v", profile, total.Month)
			}
			want[profile] = [2]bill.Money{total.Month.Least, total.Waste.Least}
		}
		got := map[string][2]bill.Money{}
		for c, f := range tally(pods, testIndex().Has, testPrices(t)) {
			sums := got[c.profile]
			got[c.profile] = [2]bill.Money{sums[0] + f.cost, sums[1] + f.waste}
		}
		maps.DeleteFunc(want, func(_ string, m [2]bill.Money) bool { return m == [2]bill.Money{} }) // no replicas
		if !maps.Equal(got, want) {
			t.Fatalf("the cluster: %v, review: %v, of\n%s", got, want, &manifests)
		}
	})
}

// drawSpec draws what one or two containers request, which some size holds.
func drawSpec(t *rapid.T) *corev1.PodSpec {
	spec := &corev1.PodSpec{}
	for i := range rapid.IntRange(1, 2).Draw(t, "containers") {
		cpu := rapid.SampledFrom([]string{"", "10m", "250m", "333m", "1", "1500m"}).Draw(t, "cpu")
		memory := rapid.SampledFrom([]string{"", "64Mi", "300Mi", "1Gi", "5000M"}).Draw(t, "memory")
		limit := rapid.SampledFrom([]string{"", "6Gi"}).Draw(t, "limit")
		c := fargatetest.Container(fmt.Sprintf("c%d", i), cpu, "", memory, limit)
		c.Image = "image"
		if rapid.IntRange(0, 3).Draw(t, "storage") == 0 {
			if c.Resources.Requests == nil {
				c.Resources.Requests = corev1.ResourceList{}
			}
			c.Resources.Requests[corev1.ResourceEphemeralStorage] = fargatetest.Quantities("", "30Gi")[corev1.ResourceMemory]
		}
		spec.Containers = append(spec.Containers, c)
	}
	return spec
}

// manifest returns a document of YAML.
func manifest(t rapid.TB, apiVersion, kind, namespace, name string, spec any) []byte {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec,
	})
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte("---\n"), text...)
}
