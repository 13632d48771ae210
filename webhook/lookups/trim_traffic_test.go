package lookups

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/kinds/lbc"
)

// Of objects that select pods the selector is kept, and what decisions read besides.
func TestTrimTraffic(t *testing.T) {
	pods := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	template := corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}}}}
	two, group := int32(2), "elbv2.k8s.aws"
	of := map[string]string{placement.ComputeTypeKey: "ec2", lbc.IngressTargetTypeAnnotation: "ip"}
	standard := map[string]string{networkingv1.AnnotationIsDefaultIngressClass: "true"}
	class := networkingv1.IngressClassSpec{
		Controller: "ingress.k8s.aws/alb", Parameters: &networkingv1.IngressClassParametersReference{APIGroup: &group, Kind: "IngressClassParams", Name: "alb"},
	}
	for name, c := range map[string]struct{ object, want any }{
		"Service": {
			&corev1.Service{
				ObjectMeta: full("a", of),
				Spec: corev1.ServiceSpec{
					Type: corev1.ServiceTypeNodePort, Selector: pods.MatchLabels, ClusterIP: "10.0.0.1", Ports: []corev1.ServicePort{{Port: 80, NodePort: 30080}},
				},
				Status: corev1.ServiceStatus{LoadBalancer: corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{{Hostname: "x"}}}},
			},
			&corev1.Service{ObjectMeta: kept(of), Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeNodePort, Selector: pods.MatchLabels}},
		},
		"PodDisruptionBudget": {
			&policyv1.PodDisruptionBudget{
				ObjectMeta: full("a", nil), Spec: policyv1.PodDisruptionBudgetSpec{Selector: pods, MinAvailable: &intstr.IntOrString{IntVal: 1}},
				Status: policyv1.PodDisruptionBudgetStatus{CurrentHealthy: 2},
			},
			&policyv1.PodDisruptionBudget{ObjectMeta: kept(nil), Spec: policyv1.PodDisruptionBudgetSpec{Selector: pods}},
		},
		"NetworkPolicy": {
			&networkingv1.NetworkPolicy{
				ObjectMeta: full("a", nil), Spec: networkingv1.NetworkPolicySpec{PodSelector: *pods, PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}},
			},
			&networkingv1.NetworkPolicy{ObjectMeta: kept(nil), Spec: networkingv1.NetworkPolicySpec{PodSelector: *pods}},
		},
		"ReplicationController": {
			&corev1.ReplicationController{
				ObjectMeta: full("a", nil), Spec: corev1.ReplicationControllerSpec{Replicas: &two, Selector: pods.MatchLabels, Template: &template},
				Status: corev1.ReplicationControllerStatus{Replicas: 2},
			},
			&corev1.ReplicationController{ObjectMeta: kept(nil), Spec: corev1.ReplicationControllerSpec{Selector: pods.MatchLabels, Template: &corev1.PodTemplateSpec{}}},
		},
		"IngressClass": {
			&networkingv1.IngressClass{ObjectMeta: full("a", standard), Spec: class},
			&networkingv1.IngressClass{ObjectMeta: kept(standard), Spec: class},
		},
	} {
		t.Run(name, func(t *testing.T) { checkTrim(t, c.object, c.want) })
	}
}
