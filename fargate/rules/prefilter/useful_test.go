package prefilter

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/version"

	"fargate-webhook/kinds"
	"fargate-webhook/kinds/matchtest"
	"fargate-webhook/policy"
)

// typical is a pod of a Deployment with some containers, as most are.
func typical(containers int) *corev1.Pod {
	yes, no, seconds, mode, percent := true, false, int64(3607), int32(420), int32(50)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Labels:          map[string]string{"app.kubernetes.io/name": "web", "pod-template-hash": "5d4f8c7b9d"},
		Annotations:     map[string]string{"prometheus.io/scrape": "true", "checksum/config": strings.Repeat("0123", 16)},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-5d4f8c7b9d", UID: "u-1", Controller: &yes}},
	}}
	for i := range containers {
		c := corev1.Container{
			Name: fmt.Sprintf("c%d", i), Image: "registry.example/web:1.2.3", Args: []string{"--verbose", "--listen=:8080"},
			Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}},
			Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{"cpu": resource.MustParse("100m"), "memory": resource.MustParse("128Mi")},
				Limits:   corev1.ResourceList{"memory": resource.MustParse("256Mi")},
			},
			ReadinessProbe:  &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/ready", Port: intstr.FromString("http")}}},
			SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}, Add: []corev1.Capability{"NET_BIND_SERVICE"}}},
			VolumeMounts:    []corev1.VolumeMount{{Name: "config", MountPath: "/etc/web"}, {Name: "kube-api-access-abcde", MountPath: "/var/run/secrets/kubernetes.io/serviceaccount", ReadOnly: true}},
		}
		for k := range 12 {
			c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("SETTING_%d", k), Value: "some value"})
		}
		c.Env = append(c.Env, corev1.EnvVar{Name: "POD_IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: "status.podIP"}}})
		pod.Spec.Containers = append(pod.Spec.Containers, c)
	}
	pod.Spec.InitContainers = []corev1.Container{{Name: "migrate", Image: "registry.example/migrate:1.2.3"}}
	pod.Spec.NodeSelector = map[string]string{corev1.LabelOSStable: "linux"}
	pod.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{
		{Weight: percent, PodAffinityTerm: corev1.PodAffinityTerm{TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}}},
	}}}
	pod.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: &yes, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}
	pod.Spec.Volumes = []corev1.Volume{
		{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{DefaultMode: &mode}}},
		{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		{Name: "kube-api-access-abcde", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{DefaultMode: &mode, Sources: []corev1.VolumeProjection{
			{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{ExpirationSeconds: &seconds, Path: "token"}},
			{ConfigMap: &corev1.ConfigMapProjection{}}, {DownwardAPI: &corev1.DownwardAPIProjection{}},
		}}}},
	}
	return pod
}

// The pods that most are, are not sent, whatever admission does with their resources.
func TestTypicalPodsAreNotSent(t *testing.T) {
	condition := compiled(t, Condition(strict(), takenByEvery))
	for _, resources := range []policy.Resources{policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits} {
		p := strict()
		p.Resources = resources
		for containers := 1; containers <= 5; containers++ {
			pod := admitted(t, typical(containers), p)
			for name, pod := range map[string]*corev1.Pod{"claimed": pod, "not claimed": unclaimed(pod)} {
				if sends(t, condition, pod) {
					t.Errorf("%s, %d containers, %s: sent; findings of %q", resources, containers, name, found(pod, p))
				}
			}
		}
	}
	job := typical(1)
	job.Spec.RestartPolicy, job.OwnerReferences[0].Kind = corev1.RestartPolicyNever, "Job"
	if pod := admitted(t, job, strict()); sends(t, condition, pod) {
		t.Error("the pod of a Job is sent")
	}
}

// Most of the pods of public manifests that have no finding are not sent, and all that have one are.
func TestCorpusIsFiltered(t *testing.T) {
	pods := ofManifests(t, "../../../../shared/corpus", "../../../../shared/cases")
	if len(pods) == 0 {
		t.Skip("the corpus of real manifests is not beside the repository")
	}
	p := strict()
	condition := compiled(t, Condition(p, ""))
	clean, kept := 0, 0
	for _, pod := range pods {
		pod = admitted(t, pod, p)
		ids, sent := found(pod, p), sends(t, condition, pod)
		switch {
		case len(ids) > 0 && !sent:
			t.Errorf("findings of %q in a pod that isn't sent: %s", ids, text(pod))
		case len(ids) == 0:
			clean++
			if !sent {
				kept++
			}
		}
	}
	t.Logf("of %d pods %d have no finding, of which %d are not sent", len(pods), clean, kept)
	if kept*100 < clean*90 {
		t.Errorf("only %d of %d pods without findings are not sent", kept, clean)
	}
}

// Every version of Kubernetes that EKS supports compiles and evaluates the condition, and one before.
func TestVersionsOfKubernetes(t *testing.T) {
	condition := []kinds.Condition{{Name: "prefilter", Expression: Condition(strict(), "")}}
	pod := admitted(t, typical(2), strict())
	for minor := uint(29); minor <= 37; minor++ {
		m := matchtest.Of(version.MajorMinor(1, minor)).Compile(t, condition)
		if sends(t, m, pod) {
			t.Errorf("1.%d: sent", minor)
		}
	}
}

// The API server evaluates the condition within its budget and without an error for the largest
// pods of every sort.
func TestLargestPods(t *testing.T) {
	const most = 3 << 20 // bytes that the API server reads
	fits := strict()
	condition := compiled(t, Condition(fits, ""))
	repeat := func(n int) string { return strings.Repeat("x", n) }
	list := corev1.ResourceList{"cpu": resource.MustParse("123456789123n"), "memory": resource.MustParse("123456789123n"), "ephemeral-storage": resource.MustParse("123456789123n")}
	for name, change := range map[string]func(*corev1.Pod){
		"as many of each as are looked at": func(p *corev1.Pod) {
			c := &p.Spec.Containers[0]
			c.Resources = corev1.ResourceRequirements{Requests: list, Limits: list}
			c.Env, c.Ports = make([]corev1.EnvVar, mostEnv), make([]corev1.ContainerPort, mostEach)
			for i := range c.Env {
				c.Env[i] = corev1.EnvVar{Name: repeat(500), ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: repeat(100)}}}
			}
			c.SecurityContext = &corev1.SecurityContext{Capabilities: &corev1.Capabilities{}}
			for range mostEach {
				c.SecurityContext.Capabilities.Add = append(c.SecurityContext.Capabilities.Add, "SYS_CHROOT")
			}
			for range mostContainers - 1 {
				p.Spec.Containers = append(p.Spec.Containers, *c.DeepCopy())
			}
			p.Spec.InitContainers, p.Spec.Volumes, p.Spec.TopologySpreadConstraints = nil, nil, nil
			limit := resource.MustParse("123456789n")
			for range mostEach / 2 {
				p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: make([]corev1.VolumeProjection, mostEach)}}},
					corev1.Volume{VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{SizeLimit: &limit}}})
			}
			for i := range mostEach - len(p.Annotations) {
				p.Annotations[fmt.Sprintf("%s%d", repeat(500), i)] = ""
			}
			for range mostEach {
				p.Spec.TopologySpreadConstraints = append(p.Spec.TopologySpreadConstraints, corev1.TopologySpreadConstraint{TopologyKey: corev1.LabelHostname})
				p.Spec.SecurityContext.Sysctls = append(p.Spec.SecurityContext.Sysctls, corev1.Sysctl{Name: "net.ipv4.tcp_wmem"})
			}
		},
		"containers": func(p *corev1.Pod) {
			for range 20_000 {
				p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: repeat(20), Image: repeat(20)})
			}
		},
		"variables": func(p *corev1.Pod) { p.Spec.Containers[0].Env = make([]corev1.EnvVar, most/20) },
		"ports":     func(p *corev1.Pod) { p.Spec.Containers[0].Ports = make([]corev1.ContainerPort, most/20) },
		"volumes":   func(p *corev1.Pod) { p.Spec.Volumes = make([]corev1.Volume, most/20) },
		"names": func(p *corev1.Pod) {
			p.Spec.Containers[0].Env[0].Name, p.Spec.NodeSelector[repeat(most/4)] = repeat(most/4), repeat(most/4)
		},
		"annotations": func(p *corev1.Pod) {
			for i := range 50_000 {
				p.Annotations[fmt.Sprint(i)] = ""
			}
		},
		"the record": func(p *corev1.Pod) { p.Annotations["fargate-webhook/resources-applied"] = repeat(most / 2) },
		"resources": func(p *corev1.Pod) {
			for i := range 50_000 {
				p.Spec.Containers[0].Resources.Requests[corev1.ResourceName(fmt.Sprint(i))] = resource.MustParse("1")
			}
		},
		"owners": func(p *corev1.Pod) {
			p.Spec.RestartPolicy, p.OwnerReferences = "Never", make([]metav1.OwnerReference, most/20)
		},
		"sources": func(p *corev1.Pod) { p.Spec.Volumes[2].Projected.Sources = make([]corev1.VolumeProjection, most/20) },
	} {
		t.Run(name, func(t *testing.T) {
			pod := admitted(t, typical(1), fits)
			change(pod)
			sent := sends(t, condition, pod)
			if ids := found(pod, fits); len(ids) > 0 && !sent {
				t.Errorf("findings of %q, and not sent", ids)
			}
			t.Logf("sent: %v", sent)
		})
	}
}

// What the condition costs the API server for a pod that isn't sent, beside the call that it saves.
func BenchmarkTypicalPod(b *testing.B) {
	for _, containers := range []int{1, 2, 5} {
		b.Run(fmt.Sprintf("%d containers", containers), func(b *testing.B) {
			condition := compiled(b, Condition(strict(), ""))
			pod := admitted(b, typical(containers), strict())
			b.ReportAllocs()
			for b.Loop() {
				// Of each request the API server looks at what no condition has looked at before.
				attributes := matchtest.Attributes(pod, nil, "CREATE", "apps")
				if matchtest.Match(condition, attributes).Matches {
					b.Fatal("sent")
				}
			}
		})
	}
}
