package fargate

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	krt "k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/policy"
)

// manyOf are objects with n parts of a kind, by kind.
func manyOf() map[string]func(n int) krt.Object {
	shapes := map[string]func(n int) krt.Object{}
	pod := func(f func(p *corev1.Pod, n int)) func(n int) krt.Object {
		return func(n int) krt.Object { p := fixtures.Pod(); f(p, n); return p }
	}
	shapes["capabilities"] = pod(func(p *corev1.Pod, n int) {
		caps := &corev1.Capabilities{}
		for i := range n {
			caps.Add = append(caps.Add, corev1.Capability(fmt.Sprintf("C%d", i)))
		}
		p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Capabilities: caps}
	})
	shapes["same capabilities"] = pod(func(p *corev1.Pod, n int) {
		caps := &corev1.Capabilities{}
		for range n {
			caps.Add = append(caps.Add, "A")
		}
		p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Capabilities: caps}
	})
	shapes["expressions"] = pod(func(p *corev1.Pod, n int) {
		term := corev1.NodeSelectorTerm{}
		for i := range n {
			term.MatchExpressions = append(term.MatchExpressions, corev1.NodeSelectorRequirement{Key: fmt.Sprintf("k%d", i), Operator: "DoesNotExist"})
		}
		p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{term}}}}
	})
	shapes["expressions in"] = pod(func(p *corev1.Pod, n int) {
		term := corev1.NodeSelectorTerm{}
		for i := range n {
			term.MatchExpressions = append(term.MatchExpressions, corev1.NodeSelectorRequirement{Key: fmt.Sprintf("k%d", i), Operator: "In", Values: []string{"a"}})
		}
		p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{term}}}}
	})
	shapes["terms"] = pod(func(p *corev1.Pod, n int) {
		s := &corev1.NodeSelector{}
		for i := range n {
			s.NodeSelectorTerms = append(s.NodeSelectorTerms, corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: fmt.Sprintf("k%d", i), Operator: "Exists"}}})
		}
		p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: s}}
	})
	shapes["empty terms"] = pod(func(p *corev1.Pod, n int) {
		s := &corev1.NodeSelector{NodeSelectorTerms: make([]corev1.NodeSelectorTerm, n)}
		p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: s}}
	})
	shapes["node selector"] = pod(func(p *corev1.Pod, n int) {
		p.Spec.NodeSelector = map[string]string{}
		for i := range n {
			p.Spec.NodeSelector[fmt.Sprintf("k%d", i)] = "a"
		}
	})
	shapes["containers"] = pod(func(p *corev1.Pod, n int) {
		for i := range n {
			p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: fmt.Sprintf("c%d", i), SecurityContext: &corev1.SecurityContext{Privileged: new(true)}})
		}
	})
	shapes["ports"] = pod(func(p *corev1.Pod, n int) {
		for i := range n {
			p.Spec.Containers[0].Ports = append(p.Spec.Containers[0].Ports, corev1.ContainerPort{HostPort: int32(i + 1), ContainerPort: 10250})
		}
	})
	shapes["volumes"] = pod(func(p *corev1.Pod, n int) {
		for i := range n {
			p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: fmt.Sprintf("v%d", i), VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}}})
		}
	})
	shapes["claim volumes"] = pod(func(p *corev1.Pod, n int) {
		for i := range n {
			p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: fmt.Sprintf("v%d", i), VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "x"}}})
		}
	})
	shapes["ephemeral"] = pod(func(p *corev1.Pod, n int) {
		for i := range n {
			p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: fmt.Sprintf("v%d", i), VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{VolumeClaimTemplate: &corev1.PersistentVolumeClaimTemplate{}}}})
		}
	})
	shapes["sysctls"] = pod(func(p *corev1.Pod, n int) {
		p.Spec.SecurityContext = &corev1.PodSecurityContext{}
		for i := range n {
			p.Spec.SecurityContext.Sysctls = append(p.Spec.SecurityContext.Sysctls, corev1.Sysctl{Name: fmt.Sprintf("net.x%d", i)})
		}
	})
	shapes["labels"] = pod(func(p *corev1.Pod, n int) {
		for i := range n {
			p.Labels[fmt.Sprintf("v%d", i)] = "a"
		}
	})
	shapes["annotations"] = pod(func(p *corev1.Pod, n int) {
		p.Annotations = map[string]string{}
		for i := range n {
			p.Annotations[fmt.Sprintf("eks.amazonaws.com/v%d", i)] = "a"
		}
	})
	shapes["topology"] = pod(func(p *corev1.Pod, n int) {
		for i := range n {
			p.Spec.TopologySpreadConstraints = append(p.Spec.TopologySpreadConstraints, corev1.TopologySpreadConstraint{TopologyKey: fmt.Sprintf("v%d", i)})
		}
	})
	shapes["affinity"] = pod(func(p *corev1.Pod, n int) {
		p.Spec.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{}}
		for i := range n {
			p.Spec.Affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution = append(p.Spec.Affinity.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution, corev1.PodAffinityTerm{TopologyKey: fmt.Sprintf("v%d", i)})
		}
	})
	shapes["owners"] = pod(func(p *corev1.Pod, n int) {
		p.OwnerReferences = make([]metav1.OwnerReference, n)
	})
	shapes["dashes of an owner's name"] = pod(func(p *corev1.Pod, n int) {
		p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: strings.Repeat("-", n), Controller: new(true)}}
	})
	shapes["variables × references in an argument"] = pod(func(p *corev1.Pod, n int) {
		c, text := &p.Spec.Containers[0], &strings.Builder{}
		for i := range n {
			c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("V%d", i), ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.hostIP"}}})
			fmt.Fprintf(text, "$(V%d):x ", i)
		}
		c.Args = []string{text.String()}
	})
	shapes["variables × arguments"] = pod(func(p *corev1.Pod, n int) {
		c := &p.Spec.Containers[0]
		for i := range n {
			c.Env = append(c.Env, corev1.EnvVar{Name: "A", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.hostIP"}}})
			c.Args = append(c.Args, fmt.Sprintf("LISTEN %d $(A):80", i))
		}
	})
	shapes["extended resources"] = pod(func(p *corev1.Pod, n int) {
		l := corev1.ResourceList{}
		for i := range n {
			l[corev1.ResourceName(fmt.Sprintf("x.com/v%d", i))] = fargatetest.Quantities("1", "1")["cpu"]
		}
		p.Spec.Containers[0].Resources.Limits = l
	})
	shapes["resource claims"] = pod(func(p *corev1.Pod, n int) {
		for i := range n {
			p.Spec.ResourceClaims = append(p.Spec.ResourceClaims, corev1.PodResourceClaim{Name: fmt.Sprintf("c%d", i)})
			p.Spec.Containers[0].Resources.Claims = append(p.Spec.Containers[0].Resources.Claims, corev1.ResourceClaim{Name: fmt.Sprintf("c%d", i)})
		}
	})
	shapes["statefulset"] = func(n int) krt.Object {
		s := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "x"}}
		p := fixtures.Pod()
		s.Spec.Template = corev1.PodTemplateSpec{ObjectMeta: p.ObjectMeta, Spec: p.Spec}
		for i := range n / 2 {
			s.Spec.VolumeClaimTemplates = append(s.Spec.VolumeClaimTemplates, corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("t%d", i)}})
			s.Spec.Template.Spec.Volumes = append(s.Spec.Template.Spec.Volumes, corev1.Volume{Name: fmt.Sprintf("v%d", i), VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "x"}}})
		}
		return s
	}
	shapes["daemonset tolerations"] = func(n int) krt.Object {
		s := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "x"}}
		p := fixtures.Pod()
		s.Spec.Template = corev1.PodTemplateSpec{ObjectMeta: p.ObjectMeta, Spec: p.Spec}
		s.Spec.Template.Spec.Tolerations = make([]corev1.Toleration, n)
		return s
	}
	shapes["service ports"] = func(n int) krt.Object {
		s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "x"}, Spec: corev1.ServiceSpec{Type: "NodePort", Selector: map[string]string{"app": "web"}}}
		s.Spec.Ports = make([]corev1.ServicePort, n)
		return s
	}
	return shapes
}

// A request body holds many thousand parts of a kind. What a decision about them allocates grows no
// faster than their number, and what it reports is bounded.
func TestManyPartsAreBounded(t *testing.T) {
	const maxBytes, maxReport = 128 << 20, 128 << 10
	n := 16_000
	if withRace {
		n = 2_000
	}
	p := policy.Default()
	for name, object := range manyOf() {
		t.Run(name, func(t *testing.T) {
			now, old := object(n), object(n-1)
			for _, phase := range []Phase{Mutating, Validating} {
				for _, operation := range []OperationKind{OperationCreate, OperationUpdate} {
					request := Request{Operation: operation, Namespace: fixtures.Namespace, Phase: phase, Cluster: &fargatetest.Cluster{}}
					if operation == OperationUpdate {
						request.Old = old
					}
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					d := Decide(now, request, fixtureIndex(), &p)
					runtime.ReadMemStats(&after)
					if used := after.TotalAlloc - before.TotalAlloc; used > maxBytes && !withRace {
						t.Errorf("%s, phase %d: allocates %d MiB", operation, phase, used>>20)
					}
					report, err := json.Marshal(d.Findings)
					if err != nil || len(report) > maxReport {
						t.Errorf("%s, phase %d: %d findings of %d bytes, %v", operation, phase, len(d.Findings), len(report), err)
					}
				}
			}
		})
	}
}
