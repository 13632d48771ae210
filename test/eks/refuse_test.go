package eks

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// world returns a World without a cluster, for its pure parts.
func pureWorld() *World {
	return &World{options: Options{Region: "eu-west-1"}, version: "v1.37.2"}
}

func TestRefuse(t *testing.T) {
	type pod = corev1.Pod
	first := func(p *pod) *corev1.Container { return &p.Spec.Containers[0] }
	secure := func(p *pod) *corev1.SecurityContext {
		first(p).SecurityContext = &corev1.SecurityContext{}
		return first(p).SecurityContext
	}
	volume := func(p *pod, source corev1.VolumeSource) {
		p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: "v", VolumeSource: source})
	}
	claim := func(p *pod, name string) {
		volume(p, corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}})
	}
	const prefix = "Pod not supported on Fargate: "
	for _, test := range []struct {
		name   string
		change func(*pod)
		want   string
	}{
		{"as it is", func(*pod) {}, ""},
		{"efs-csi#589", func(p *pod) {
			p.Spec.HostNetwork, secure(p).Privileged = true, new(true)
			first(p).Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}}
		}, prefix + "fields not supported: HostNetwork, invalid SecurityContext fields: Privileged, port contains HostIP or HostPort"},
		{"efs-csi#1179", func(p *pod) {
			p.Spec.HostNetwork, first(p).Ports = true, []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}}
		}, prefix + "fields not supported: HostNetwork, port contains HostIP or HostPort"},
		{"kube-s3#14", func(p *pod) {
			secure(p).Privileged = new(true)
			p.Spec.Volumes = []corev1.Volume{{Name: "mntdatas3fs", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}}}}
		}, prefix + "invalid SecurityContext fields: Privileged, volumes not supported: mntdatas3fs is of an unsupported volume Type"},
		{"frappe/helm#182", func(p *pod) {
			secure(p).Capabilities = &corev1.Capabilities{Add: []corev1.Capability{"CAP_CHOWN", "CHOWN"}}
		},
			prefix + "invalid SecurityContext fields: Capabilities added: CAP_CHOWN"},
		{"ingress-nginx#4888", func(p *pod) { secure(p).AllowPrivilegeEscalation = new(true) }, prefix + "invalid SecurityContext fields: AllowPrivilegeEscalation"},
		{"two privileged", func(p *pod) {
			secure(p).Privileged = new(true)
			p.Spec.InitContainers = []corev1.Container{*first(p)}
		}, prefix + "invalid SecurityContext fields: Privileged,Privileged"},
		{"nothing wrong in the security context", func(p *pod) {
			*secure(p) = corev1.SecurityContext{Privileged: new(false), AllowPrivilegeEscalation: new(false), Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"NET_RAW"}, Drop: []corev1.Capability{"ALL"}}}
		}, ""},
		{"host namespaces", func(p *pod) { p.Spec.HostPID, p.Spec.HostIPC = true, true }, prefix + "fields not supported: HostPID, HostIPC"},
		{"host IP", func(p *pod) { first(p).Ports = []corev1.ContainerPort{{ContainerPort: 1, HostIP: "127.0.0.1"}} }, prefix + "port contains HostIP or HostPort"},
		{"inline CSI", func(p *pod) { volume(p, corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{}}) }, prefix + "volumes not supported: v is of an unsupported volume Type"},
		{"NFS", func(p *pod) { volume(p, corev1.VolumeSource{NFS: &corev1.NFSVolumeSource{}}) }, ""},
		{"unbound", func(p *pod) { claim(p, "late") }, prefix + "volumes not supported: v not supported because: PVC late not bound"},
		{"EFS", func(p *pod) { claim(p, "efs") }, ""},
		{"EBS", func(p *pod) { claim(p, "ebs") }, prefix + "volumes not supported: v not supported because: PVC ebs bound to invalid PV pv-2 with CSI Driver: ebs.csi.aws.com"},
		{"no CSI", func(p *pod) { claim(p, "host") }, prefix + "volumes not supported: v not supported because: PVC host bound to invalid PV pv-3 with nil CSI spec"},
		{"devices", func(p *pod) { first(p).VolumeDevices = []corev1.VolumeDevice{{Name: "v"}} }, prefix + "volumeDevices not supported"},
		{"DaemonSet", func(p *pod) { p.OwnerReferences = []metav1.OwnerReference{{Kind: "DaemonSet", Controller: new(true)}} }, prefix + "DaemonSet not supported"},
		{"node selection", func(p *pod) { p.Spec.NodeSelector = map[string]string{"disk": "ssd"} },
			"MatchNodeSelector failed: Fargate profile apps cannot satisfy pod's node selector/affinity requirements"},
		{"a zone", func(p *pod) { p.Spec.NodeSelector = map[string]string{corev1.LabelTopologyZone: "eu-west-1c"} }, ""},
		{"too big", func(p *pod) { first(p).Resources = requesting("17", "1Gi").Resources }, "Your pod's cpu/memory requirements exceed the max Fargate configuration"},
		{"a GPU", func(p *pod) {
			first(p).Resources.Requests = corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("1")}
		}, "(stand-in) Fargate nodes have no nvidia.com/gpu"},
		{"storage", func(p *pod) {
			first(p).Resources.Requests = corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("160Gi")}
		}, "(stand-in) ephemeral storage exceeds 175 GiB"},
		{"storage that fits", func(p *pod) {
			first(p).Resources.Requests = corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("154Gi")}
		}, ""},
	} {
		p := &pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c"}}}}
		test.change(p)
		claims := map[string]boundClaim{"efs": {"pv-1", "efs.csi.aws.com"}, "ebs": {"pv-2", "ebs.csi.aws.com"}, "host": {"pv-3", ""}}
		got := ""
		if r := refuse(p, "apps", claims, pureWorld().candidates(size{})); r != nil {
			got = r.message
		}
		if got != test.want {
			t.Errorf("%s:\n %q; want\n %q", test.name, got, test.want)
		}
	}
}

func TestUnfit(t *testing.T) {
	w := pureWorld()
	fargate := w.candidates(size{250, 512})[0]
	shared := ec2Node(firstAddresses().next(), "eu-west-1", "eu-west-1a", "v1.37.2")
	everywhere := []corev1.Toleration{{Operator: corev1.TolerationOpExists}}
	for name, test := range map[string]struct {
		spec  corev1.PodSpec
		node  *corev1.Node
		count int
		want  string
	}{
		"plain":           {corev1.PodSpec{}, shared, 3, ""},
		"full":            {corev1.PodSpec{}, shared, 29, "Too many pods"},
		"taint":           {corev1.PodSpec{}, fargate, 0, "node(s) had untolerated taint {eks.amazonaws.com/compute-type: fargate}"},
		"tolerated":       {corev1.PodSpec{Tolerations: everywhere}, fargate, 0, "Too many pods"},
		"other selection": {corev1.PodSpec{NodeSelector: map[string]string{"a": "b"}}, shared, 0, "node(s) didn't match Pod's node affinity/selector"},
	} {
		if got := unfit(&corev1.Pod{Spec: test.spec}, test.node, test.count); got != test.want {
			t.Errorf("%s: %q; want %q", name, got, test.want)
		}
	}
	if got, want := unfitMessage(3, map[string]int{"b": 2, "a": 1}), "0/3 nodes are available: 1 a, 2 b."; got != want {
		t.Errorf("%q; want %q", got, want)
	}
	if !sameReasons("0/3 nodes: 3 a", "0/12 nodes: 12 a") || sameReasons("1 a", "1 b") {
		t.Error("sameReasons")
	}
}

func TestNodeOfASize(t *testing.T) {
	node := fargateNode(firstAddresses().next(), "eu-west-1", "eu-west-1b", "v1.37.2", size{4000, 30720})
	if node.Name != "fargate-ip-10-0-128-4.eu-west-1.compute.internal" || node.Labels[computeType] != "fargate" || len(node.Spec.Taints) != 1 {
		t.Errorf("%s, %v, %v", node.Name, node.Labels, node.Spec.Taints)
	}
	if !isOurs(node) || !isFargate(node) || node.Status.Allocatable.Pods().Value() != 1 || node.Status.Allocatable.Cpu().Value() < 4 {
		t.Errorf("%v", node.Status.Allocatable)
	}
}
