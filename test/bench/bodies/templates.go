package bodies

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Size is a pod of which reviews are recorded.
type Size struct {
	// Name is the size of the review of its creation, about.
	Name string
	// Bytes is that size, in bytes of 1,000 a KB.
	Bytes int
	// Bare is whether a user creates the pod, and not a Deployment.
	Bare bool
	// Containers and Env are how many containers it has, and how many variables each of them.
	Containers, Env int
	// Probes is whether its containers have probes, lifecycle hooks and security contexts.
	Probes bool
}

// Sizes are the pods, from the smallest on.
func Sizes() []Size {
	return []Size{
		{Name: "2.6 KB", Bytes: 2600, Bare: true, Containers: 1},
		{Name: "4 KB", Bytes: 4000, Containers: 1, Env: 1, Probes: true},
		{Name: "10 KB", Bytes: 10_000, Containers: 2, Env: 7, Probes: true},
		{Name: "31 KB", Bytes: 31_000, Containers: 5, Env: 19, Probes: true},
	}
}

// Template returns the pod template that the pod is created from.
func (s Size) Template() corev1.PodTemplateSpec {
	t := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "shop"}}}
	for i := range s.Containers {
		t.Spec.Containers = append(t.Spec.Containers, s.container(i))
	}
	if !s.Probes {
		return t
	}
	t.Labels["app.kubernetes.io/name"], t.Labels["app.kubernetes.io/version"] = "shop", "2.14.0"
	t.Annotations = map[string]string{"prometheus.io/scrape": "true"}
	if s.Containers == 1 {
		return t
	}
	t.Annotations["checksum/config"] = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
	t.Spec.Volumes = []corev1.Volume{
		{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "shop"}}}},
		{Name: "cache", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
	}
	t.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: new(true), RunAsUser: new(int64(1000)), FSGroup: new(int64(1000))}
	return t
}

// container returns a container of the pod.
func (s Size) container(i int) corev1.Container {
	name := [...]string{"web", "worker", "metrics", "proxy", "exporter"}[i]
	c := corev1.Container{
		Name: name, Image: "registry.example.com/shop/" + name + ":2.14.0",
		Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("128Mi")}},
	}
	for n := range s.Env {
		c.Env = append(c.Env, variable(n))
	}
	if !s.Probes {
		return c
	}
	port := int32(8080 + i) //nolint:gosec // there are five
	c.Ports = []corev1.ContainerPort{{Name: "http-" + name, ContainerPort: port}}
	c.ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/readyz", Port: intstr.FromInt32(port)}}}
	if s.Containers == 1 {
		return c
	}
	c.LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromInt32(port)}}, InitialDelaySeconds: 10}
	c.SecurityContext = &corev1.SecurityContext{
		AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
	c.Args = []string{"--listen=:8080", "--log-format=json"}
	c.VolumeMounts = []corev1.VolumeMount{{Name: "config", MountPath: "/etc/shop", ReadOnly: true}, {Name: "cache", MountPath: "/var/cache/shop"}}
	return c
}

// variable returns an environment variable: of three, one is a value, one comes from a Secret and
// one from the pod.
func variable(n int) corev1.EnvVar {
	v := corev1.EnvVar{Name: fmt.Sprintf("SHOP_SETTING_%d", n)}
	switch n % 3 {
	case 0:
		v.Value = fmt.Sprintf("postgres.shop.svc.cluster.local:%d", 5432+n)
	case 1:
		v.ValueFrom = &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "shop"}, Key: "password"}}
	default:
		v.ValueFrom = &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"}}
	}
	return v
}
