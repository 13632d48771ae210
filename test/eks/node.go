package eks

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// providerPrefix begins the provider id of every node that the stand-in has made.
const providerPrefix = "stand-in:///"

// fargateTaint is on all Fargate nodes (F5.1). fargate-scheduler binds without a toleration (F4.24).
var fargateTaint = corev1.Taint{Key: computeType, Value: "fargate", Effect: corev1.TaintEffectNoSchedule}

// fargateNode returns the node that Fargate makes for one pod (F5.1). What it says of its size is
// more than what the pod gets, as on EKS (F3.11).
func fargateNode(address netip.Addr, region, zone, version string, provisioned size) *corev1.Node {
	cpu := max(2, (provisioned.milliCPU+999)/1000)
	node := newNode("fargate-", address, region, zone, version, cpu, provisioned.mebibytes+3<<10, 1)
	node.Labels[computeType] = "fargate"
	node.Spec.Taints = []corev1.Taint{fargateTaint}
	return node
}

// ec2Node returns a node that pods share.
func ec2Node(address netip.Addr, region, zone, version string) *corev1.Node {
	node := newNode("", address, region, zone, version, 2, 8<<10, 29)
	node.Labels["node.kubernetes.io/instance-type"] = "m5.large"
	return node
}

// newNode returns a node that is ready.
func newNode(prefix string, address netip.Addr, region, zone, version string, cpu, mebibytes, pods int64) *corev1.Node {
	name := fmt.Sprintf("%sip-%s.%s.compute.internal", prefix, strings.ReplaceAll(address.String(), ".", "-"), region)
	has := corev1.ResourceList{
		corev1.ResourceCPU:              *resource.NewQuantity(cpu, resource.DecimalSI),
		corev1.ResourceMemory:           *resource.NewQuantity(mebibytes<<20, resource.BinarySI),
		corev1.ResourcePods:             *resource.NewQuantity(pods, resource.DecimalSI),
		corev1.ResourceEphemeralStorage: *resource.NewQuantity(20<<30, resource.BinarySI),
	}
	now := metav1.Now()
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			"beta.kubernetes.io/arch": "amd64", "kubernetes.io/arch": "amd64",
			"beta.kubernetes.io/os": "linux", "kubernetes.io/os": "linux",
			"kubernetes.io/hostname":                   strings.TrimPrefix(name, "fargate-"),
			"topology.kubernetes.io/region":            region,
			"topology.kubernetes.io/zone":              zone,
			"failure-domain.beta.kubernetes.io/region": region,
			"failure-domain.beta.kubernetes.io/zone":   zone,
		}},
		Spec: corev1.NodeSpec{ProviderID: providerPrefix + zone + "/" + name},
		Status: corev1.NodeStatus{
			Capacity: has, Allocatable: has,
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: address.String()}, {Type: corev1.NodeHostName, Address: name}},
			Conditions: []corev1.NodeCondition{{
				Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady", Message: "the stand-in's kubelet is ready",
				LastHeartbeatTime: now, LastTransitionTime: now,
			}},
			NodeInfo: corev1.NodeSystemInfo{
				KubeletVersion: version + "-eks-stand-in", OperatingSystem: "linux", Architecture: "amd64",
				OSImage: "Amazon Linux 2 (stand-in)", ContainerRuntimeVersion: "containerd://2.1.0", KernelVersion: "5.10.0-stand-in",
			},
		},
	}
}

// fits reports whether a node is one that a pod's nodeSelector and required node affinity allow.
func fits(pod *corev1.Pod, node *corev1.Node) bool {
	ok, err := nodeaffinity.GetRequiredNodeAffinity(pod).Match(node)
	return ok && err == nil
}

// isOurs reports whether the stand-in has made a node.
func isOurs(node *corev1.Node) bool { return strings.HasPrefix(node.Spec.ProviderID, providerPrefix) }

// isFargate reports whether a node is one pod's own.
func isFargate(node *corev1.Node) bool { return node.Labels[computeType] == "fargate" }

// addresses hands out the addresses of a VPC's private subnets.
type addresses struct {
	mutex *sync.Mutex
	last  *netip.Addr
}

func firstAddresses() addresses {
	return addresses{mutex: &sync.Mutex{}, last: new(netip.AddrFrom4([4]byte{10, 0, 128, 3}))}
}

// next returns an address that nothing has had before.
func (a addresses) next() netip.Addr {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	*a.last = a.last.Next()
	return *a.last
}
