package e2e

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"fargate-webhook/test/cluster"
)

// awaitRewriting waits until a NodePort Service is made ClusterIP in a namespace: the API server
// sees a change of the namespace's labels late.
func awaitRewriting(t *testing.T, c *cluster.Cluster, namespace string) {
	t.Helper()
	err := cluster.Await(t.Context(), podsDeadline, "a NodePort Service is made ClusterIP in "+namespace, func(ctx context.Context) error {
		got, err := createServiceDry(ctx, c, namespace, &corev1.ServiceSpec{
			Type: corev1.ServiceTypeNodePort, Selector: map[string]string{"run": "on-fargate"}, Ports: []corev1.ServicePort{{Port: 80}},
		})
		if err == nil && got.Spec.Type != corev1.ServiceTypeClusterIP {
			return errors.New("it was not")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func createServiceDry(ctx context.Context, c *cluster.Cluster, namespace string, spec *corev1.ServiceSpec) (*corev1.Service, error) {
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "generated"}, Spec: *spec}
	return c.Clientset().CoreV1().Services(namespace).Create(ctx, service, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
}

// updateServiceDry gives a Service that is there another spec, but for the addresses that it has.
func updateServiceDry(ctx context.Context, c *cluster.Cluster, there *corev1.Service, spec *corev1.ServiceSpec) (*corev1.Service, error) {
	service := there.DeepCopy()
	service.Spec = *spec.DeepCopy()
	service.Spec.ClusterIP, service.Spec.ClusterIPs = there.Spec.ClusterIP, there.Spec.ClusterIPs
	return c.Clientset().CoreV1().Services(there.Namespace).Update(ctx, service, metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}})
}

// nodePortSpec draws the spec of a NodePort Service with all that one may have.
func nodePortSpec(random *rand.Rand) *corev1.ServiceSpec {
	maybe := func(set func()) {
		if random.IntN(3) == 0 {
			set()
		}
	}
	spec := &corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Selector: map[string]string{"run": "on-fargate"}}
	nodePorts := random.Perm(2768)
	for i := range 1 + random.IntN(4) {
		port := corev1.ServicePort{Name: string(rune('a' + i)), Port: int32(80 + i)}
		maybe(func() { port.NodePort = int32(30000 + nodePorts[i]) })
		maybe(func() {
			port.Protocol = []corev1.Protocol{corev1.ProtocolUDP, corev1.ProtocolSCTP, corev1.ProtocolTCP}[random.IntN(3)]
		})
		maybe(func() { port.TargetPort = intstr.FromString("http") })
		maybe(func() { port.AppProtocol = new("kubernetes.io/h2c") })
		spec.Ports = append(spec.Ports, port)
	}
	// The same node port for two protocols, as DNS has it.
	maybe(func() {
		spec.Ports[0].Protocol, spec.Ports[0].NodePort = corev1.ProtocolTCP, int32(30000+nodePorts[9])
		twin := spec.Ports[0]
		twin.Name, twin.Protocol = "twin", corev1.ProtocolUDP
		spec.Ports = append(spec.Ports, twin)
	})
	maybe(func() { spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal })
	maybe(func() { spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyCluster })
	maybe(func() { spec.InternalTrafficPolicy = new(corev1.ServiceInternalTrafficPolicyLocal) })
	maybe(func() { spec.ExternalIPs = []string{"192.0.2.1", "192.0.2.2"} })
	maybe(func() { spec.PublishNotReadyAddresses = true })
	maybe(func() { spec.TrafficDistribution = new(corev1.ServiceTrafficDistributionPreferClose) })
	maybe(func() { spec.IPFamilyPolicy = new(corev1.IPFamilyPolicyPreferDualStack) })
	maybe(func() { spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol} })
	maybe(func() { spec.LoadBalancerIP = "192.0.2.3" })
	maybe(func() { spec.ExternalName = "web.example.com" })
	maybe(func() {
		spec.SessionAffinity = corev1.ServiceAffinityClientIP
		spec.SessionAffinityConfig = &corev1.SessionAffinityConfig{ClientIP: &corev1.ClientIPConfig{TimeoutSeconds: new(int32(60))}}
	})
	return spec
}

// TestRewrittenServicesAreValid: whatever NodePort Service the API server takes, it takes what the
// policy makes of it, when it is created and when it takes the place of a ClusterIP or LoadBalancer
// Service.
func TestRewrittenServicesAreValid(t *testing.T) {
	c := withRewriting(t, "fargate-*", profilesArgs(t))
	ours, without := newNamespace(t, c, "fargate-", nil), newNamespace(t, c, "ec2-", nil)
	var there [2][]*corev1.Service // without us, with us
	for i, namespace := range []string{without, ours} {
		for name, spec := range map[string]string{"inner": "", "balanced": ", type: LoadBalancer, externalTrafficPolicy: Local"} {
			apply(t, c, namespace, serviceText(name, "", spec))
			there[i] = append(there[i], getService(t, c, namespace, name))
		}
		slices.SortFunc(there[i], func(a, b *corev1.Service) int { return len(a.Name) - len(b.Name) })
	}
	seed := rand.Uint64()
	t.Logf("the Services are those of seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	taken := 0
	for range 200 {
		spec := nodePortSpec(random)
		check := func(how string, without, with func() (*corev1.Service, error)) {
			if _, err := without(); err != nil {
				t.Logf("not valid as it is, %s: %v", how, err)
				return
			}
			taken++
			got, err := with()
			if err != nil {
				t.Errorf("%s: valid without us, refused with us: %v\n%+v", how, err, spec)
				return
			}
			mustBeClusterIP(t, got)
		}
		create := func(namespace string) func() (*corev1.Service, error) {
			return func() (*corev1.Service, error) { return createServiceDry(t.Context(), c, namespace, spec) }
		}
		check("created", create(without), create(ours))
		for i := range there[0] {
			update := func(from *corev1.Service) func() (*corev1.Service, error) {
				return func() (*corev1.Service, error) { return updateServiceDry(t.Context(), c, from, spec) }
			}
			check("instead of "+there[0][i].Name, update(there[0][i]), update(there[1][i]))
		}
	}
	if taken < 300 {
		t.Errorf("only %d of 600 were valid as they are, too few for this to mean anything", taken)
	}
}
