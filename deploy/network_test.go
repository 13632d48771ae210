package deploy

import (
	"path/filepath"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// The NetworkPolicy selects the pods of the Deployment, opens ports that they have, and none of
// them to everybody.
func TestNetworkPolicy(t *testing.T) {
	objects := objectsOf(t, filepath.Join("network", "networkpolicy.yaml"))
	policy, ok := objects[0].(*networkingv1.NetworkPolicy)
	if !ok || len(objects) != 1 {
		t.Fatalf("there are %d objects, the first a %T", len(objects), objects[0])
	}
	deployment := only[*appsv1.Deployment](t)
	selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
	if err != nil || selector.Empty() || policy.Namespace != deployment.Namespace || !selector.Matches(labels.Set(deployment.Spec.Template.Labels)) {
		t.Errorf("it selects %s in %s, %v", selector, policy.Namespace, err)
	}
	ports := map[string]bool{}
	for _, port := range deployment.Spec.Template.Spec.Containers[0].Ports {
		ports[port.Name] = true
	}
	opened := map[string]bool{}
	for _, rule := range policy.Spec.Ingress {
		if len(rule.From) == 0 || len(rule.Ports) != 1 || !ports[rule.Ports[0].Port.String()] {
			t.Errorf("rule %+v", rule)
		}
		opened[rule.Ports[0].Port.String()] = true
	}
	if len(opened) != 2 || !opened["webhook"] || !opened["metrics"] || len(policy.Spec.PolicyTypes) != 1 {
		t.Errorf("opened are %v, types %v", opened, policy.Spec.PolicyTypes)
	}
}
