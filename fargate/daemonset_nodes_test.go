package fargate

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"
)

// labelledAgent returns a DaemonSet whose template has these labels.
func labelledAgent(labels map[string]string, change ...func(*appsv1.DaemonSet)) *appsv1.DaemonSet {
	set := agent(nil)
	set.Spec.Selector, set.Spec.Template.Labels = &metav1.LabelSelector{MatchLabels: labels}, labels
	for _, c := range change {
		c(set)
	}
	return set
}

// A DaemonSet is judged as its template stands, since its pods get no labels. Without other nodes
// every one is refused that Fargate nodes would get a pod of. EKS never claims its pods, so it is
// never shown as running on Fargate (F2.9).
func TestDaemonSetsAreJudgedAsTheyStand(t *testing.T) {
	lacks, has := map[string]string{"app": "agent"}, map[string]string{"app": "agent", fixtures.Label: fixtures.Value}
	off := func(set *appsv1.DaemonSet) {
		set.Spec.Template.Spec.Affinity = fargatetest.Requires(placement.ComputeTypeKey, corev1.NodeSelectorOpNotIn, placement.ComputeTypeFargate)
	}
	shipped := func(set *appsv1.DaemonSet) { set.Name = "kube-proxy" }
	const (
		selected = `Fargate runs no DaemonSets, and Fargate profile "each-test" selects the pods of this one`
		nowhere  = "Fargate runs no DaemonSets, and the cluster has no other nodes (nodes: FargateOnly)"
		ofEKS    = `; by its name it may be "kube-proxy", which add-ons, charts or tools of EKS install, so this only warns`
	)
	for name, c := range map[string]struct {
		set                *appsv1.DaemonSet
		mixed, fargateOnly string
	}{
		"without the label":                 {labelledAgent(lacks), "", "Deny daemonset: " + nowhere},
		"with the label":                    {labelledAgent(has), "Deny daemonset: " + selected, "Deny daemonset: " + selected},
		"off Fargate nodes":                 {labelledAgent(has, off), "", ""},
		"shipped by EKS":                    {labelledAgent(has, shipped), "Warn daemonset: " + selected + ofEKS, "Warn daemonset: " + selected + ofEKS},
		"shipped by EKS, without the label": {labelledAgent(lacks, shipped), "", "Warn daemonset: " + nowhere + ofEKS},
	} {
		t.Run(name, func(t *testing.T) {
			for want, p := range map[*string]*policy.Policy{&c.mixed: policyWith(), &c.fargateOnly: policyWith(fargateOnly)} {
				d := Decide(c.set, requestIn(WholeAdmission, nil), fixtureIndex(), p)
				if got := strings.Join(messages(&d), "; "); got != *want {
					t.Errorf("nodes %s: got %q, want %q", p.Nodes, got, *want)
				}
				if d.Placement.Fargate || !strings.HasPrefix(d.Placement.Reason, "EKS doesn't claim the pods of a DaemonSet") || len(d.Patch) > 0 {
					t.Errorf("placement %+v, patch %s", d.Placement, patchText(t, d.Patch))
				}
			}
		})
	}
}

// In a cluster without other nodes no node port is served, wherever a Service's pods run: it isn't
// said that they run on Fargate. The Service may opt out.
func TestServicesWithoutOtherNodes(t *testing.T) {
	service := fargatetest.Service("web", map[string]string{fixtures.Label: "elsewhere"})
	service.Spec.Type = corev1.ServiceTypeNodePort
	checkRules(t, Decide(service, requestIn(Validating, nil), fixtureIndex(), policyWith()).Findings)
	d := Decide(service, requestIn(Validating, nil), fixtureIndex(), policyWith(fargateOnly))
	checkRules(t, d.Findings, objects.NodePort)
	const none, silent = "the cluster has no nodes but Fargate's (nodes: FargateOnly)", ", and a Fargate node serves no node ports"
	const otherValue = `, where no profile takes these pods (it meets no selector without changing a label that it has: Fargate profile "each-test" requires run: on-fargate (the pod has "elsewhere"))`
	if len(d.Findings) == 1 && d.Findings[0].Message != none+otherValue+silent {
		t.Errorf("message %q", d.Findings[0].Message)
	}
	if d.Placement.Fargate || d.Placement.Profile != "" {
		t.Errorf("placement %+v", d.Placement)
	}

	unselected := requestIn(Validating, nil)
	unselected.Namespace = "web"
	d = Decide(service, unselected, fixtureIndex(), policyWith(fargateOnly))
	if want := "Deny node-port: " + none + `, where no profile takes these pods (no ACTIVE Fargate profile selects namespace "web")` + silent; strings.Join(messages(&d), "; ") != want || d.Placement.Fargate {
		t.Errorf("%q, placement %+v", messages(&d), d.Placement)
	}
	service.Spec.Selector = map[string]string{"app": "web"}
	d = Decide(service, requestIn(Validating, nil), fixtureIndex(), policyWith(fargateOnly))
	if want := "Deny node-port: " + none + silent; strings.Join(messages(&d), "; ") != want || d.Placement.Profile != fixtures.Profile {
		t.Errorf("%q, placement %+v", messages(&d), d.Placement)
	}

	service.Annotations = map[string]string{placement.ComputeTypeKey: placement.ComputeTypeEC2}
	for _, kind := range []corev1.ServiceType{corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer} {
		service.Spec.Type = kind
		if d := Decide(service, requestIn(WholeAdmission, nil), fixtureIndex(), policyWith(fargateOnly, rewriting)); len(d.Findings)+len(d.Patch) > 0 {
			t.Errorf("%s, opted out: %q, patch %s", kind, messages(&d), patchText(t, d.Patch))
		}
	}
	service.Annotations, service.Spec.Type = nil, corev1.ServiceTypeNodePort
	service.Spec.Selector = nil
	checkRules(t, Decide(service, requestIn(Validating, nil), fixtureIndex(), policyWith(fargateOnly)).Findings)
}
