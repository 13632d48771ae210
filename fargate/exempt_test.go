package fargate

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
)

// refusedObjects are objects that are refused, or changed, where nothing is exempt.
func refusedObjects() map[*rules.Rule]runtime.Object {
	meta := metav1.ObjectMeta{Name: "web"}
	labels := map[string]string{fixtures.Label: fixtures.Value}
	onHost := corev1.PodSpec{HostNetwork: true, Containers: []corev1.Container{{Name: "web", Resources: corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m")},
	}}}}
	plain := corev1.PodSpec{Containers: []corev1.Container{{Name: "web"}}}
	template := func(spec corev1.PodSpec) corev1.PodTemplateSpec {
		return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec}
	}
	return map[*rules.Rule]runtime.Object{
		rules.HostNamespaces: &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web", Labels: labels}, Spec: onHost},
		rules.HostPort: &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Template: template(func() corev1.PodSpec {
			spec := *plain.DeepCopy()
			spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}}
			return spec
		}())}},
		objects.DaemonSets: &appsv1.DaemonSet{ObjectMeta: meta, Spec: appsv1.DaemonSetSpec{Template: template(plain)}},
		objects.NodePort: &corev1.Service{ObjectMeta: meta, Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeNodePort, Selector: labels, Ports: []corev1.ServicePort{{Port: 80}},
		}},
		objects.LoadBalancerTarget: &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: "web", Annotations: map[string]string{
				"service.beta.kubernetes.io/aws-load-balancer-type": "external", "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "instance",
			}},
			Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, Selector: labels, Ports: []corev1.ServicePort{{Port: 80}}},
		},
	}
}

// What is exempt, however that comes, is neither changed nor refused. What is wrong with it is a
// warning for a review, and for nobody else.
func TestExempt(t *testing.T) {
	const user = "system:serviceaccount:tools:deployer"
	steering := func(p *policy.Policy) { p.SteerDaemonSets, p.RewriteNodePorts = true, true }
	observing := func(p *policy.Policy) { p.Mode = policy.ModeObserve }
	fargateOnly := func(p *policy.Policy) { p.Nodes = policy.NodesFargateOnly }
	strict := func(p *policy.Policy) { p.Workloads = policy.Deny }
	byNamespace := exempting(fixtures.Namespace)
	byUser := func(p *policy.Policy) { p.Exempt.Usernames = []profiles.Pattern{profiles.NewPattern(user)} }
	for name, c := range map[string]struct {
		byLabel bool
		policy  *policy.Policy
	}{
		"by label":                   {true, policyWith()},
		"by namespace":               {false, policyWith(byNamespace)},
		"by user":                    {false, policyWith(byUser)},
		"with changes":               {true, policyWith(steering)},
		"in mode Observe":            {true, policyWith(observing)},
		"without other nodes":        {true, policyWith(fargateOnly)},
		"where workloads are denied": {true, policyWith(strict)},
	} {
		for rule, object := range refusedObjects() {
			t.Run(name+"/"+string(rule.ID), func(t *testing.T) {
				for _, phase := range []Phase{WholeAdmission, Mutating, Validating} {
					request := requestIn(phase, nil)
					request.Exempt, request.User = c.byLabel, user
					d := Decide(object, request, fixtureIndex(), c.policy)
					if len(d.Patch)+len(d.WouldPatch()) > 0 {
						t.Errorf("phase %v: it is changed: %v, %v", phase, d.Patch, d.WouldPatch())
					}
					if phase != WholeAdmission {
						if len(d.Findings) > 0 {
							t.Errorf("phase %v: got %v", phase, d.Findings)
						}
						continue
					}
					if !d.Exempt {
						t.Error("it is not exempt")
					}
					found := false
					for _, f := range d.Findings {
						found = found || f.Rule == rule.ID
						if f.Action != policy.Warn || f.PodsRefused || f.WouldDeny {
							t.Errorf("got %+v, want a warning", f)
						}
					}
					if !found {
						t.Errorf("nothing is said of %s: %v", rule.ID, d.Findings)
					}
				}
			})
		}
	}
}

// The usage of an exempt pod is that of the pod as it stands, under every policy.
func TestExemptUsage(t *testing.T) {
	pod := refusedObjects()[rules.HostNamespaces]
	request := requestIn(WholeAdmission, nil)
	off := Decide(pod, request, fixtureIndex(), policyWith(func(p *policy.Policy) { p.Resources = policy.ResourcesOff }))
	request.Exempt = true
	for _, resources := range []policy.Resources{policy.ResourcesFit, policy.ResourcesLimits, policy.ResourcesOff} {
		d := Decide(pod, request, fixtureIndex(), policyWith(func(p *policy.Policy) {
			p.Resources = resources
			p.Minimum = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2")}
		}))
		if d.Usage == nil || off.Usage == nil || *d.Usage != *off.Usage {
			t.Errorf("%s: got %+v, want %+v", resources, d.Usage, off.Usage)
		}
	}
}

// A pod that would need more labels stays where it is, and its Service is not one of pods on
// Fargate.
func TestExemptGetsNoLabels(t *testing.T) {
	request := requestIn(WholeAdmission, nil)
	request.Exempt = true
	service := &corev1.Service{Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Selector: map[string]string{"app": "web"}}}
	for name, object := range map[string]runtime.Object{"pod": unlabelled(), "service": service} {
		d := Decide(object, request, fixtureIndex(), policyWith())
		if d.Placement.Fargate || len(d.Placement.Labels) > 0 {
			t.Errorf("%s: %+v", name, d.Placement)
		}
	}
}
