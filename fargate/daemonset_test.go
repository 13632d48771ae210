package fargate

import (
	"maps"
	"strings"
	"testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules/objects"
	"fargate-webhook/policy"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// agent returns a DaemonSet with an affinity.
func agent(affinity *corev1.Affinity) *appsv1.DaemonSet {
	set := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "agent"}}
	set.Spec.Template.Spec.Affinity = affinity
	return set
}

// actionsIn returns the actions of a decision's findings by rule.
func actionsIn(d Decision) map[policy.RuleID]policy.Action {
	out := map[policy.RuleID]policy.Action{}
	for _, f := range d.Findings {
		out[f.Rule] = f.Action
	}
	return out
}

// steering steers DaemonSets off Fargate nodes.
func steering(p *policy.Policy) { p.SteerDaemonSets = true }

// A DaemonSet that a profile selects is refused, or steered off Fargate nodes on creation. An
// update is reported only if it removes what kept the DaemonSet off.
func TestDaemonSetPolicies(t *testing.T) {
	off := fargatetest.Requires(placement.ComputeTypeKey, corev1.NodeSelectorOpNotIn, "fargate")
	denied, warned := map[policy.RuleID]policy.Action{objects.DaemonSets.ID: policy.Deny}, map[policy.RuleID]policy.Action{objects.DaemonSets.ID: policy.Warn}
	refusing := func(*policy.Policy) {} // the default
	const create, update = OperationCreate, OperationUpdate
	for name, c := range map[string]struct {
		policy    func(*policy.Policy)
		phase     Phase
		operation OperationKind
		old       *appsv1.DaemonSet // of an update
		patched   bool
		want      map[policy.RuleID]policy.Action
	}{
		"refused":                        {refusing, Validating, create, nil, false, denied},
		"refused in a review":            {refusing, WholeAdmission, create, nil, false, denied},
		"refused only at the end":        {refusing, Mutating, create, nil, false, nil},
		"refused before, edited":         {refusing, Validating, update, agent(nil), false, nil},
		"an update removes the affinity": {refusing, Validating, update, agent(off), false, denied},
		"steered":                        {steering, Mutating, create, nil, true, nil},
		"steered in a review":            {steering, WholeAdmission, create, nil, true, nil},
		"to be steered, but the mutating webhook was not called": {steering, Validating, create, nil, false, denied},
		"an update isn't steered":                                {steering, Mutating, update, agent(off), false, nil},
		"steered, an update removes the affinity":                {steering, Validating, update, agent(off), false, warned},
		"steered, an update in a review":                         {steering, WholeAdmission, update, agent(off), false, warned},
		"never steered, edited":                                  {steering, Validating, update, agent(nil), false, nil},
		"warned":                                                 {ruled(objects.DaemonSets, policy.Warn), Validating, create, nil, false, warned},
		"off":                                                    {ruled(objects.DaemonSets, policy.Off), Validating, create, nil, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			request := Request{Operation: c.operation, Phase: c.phase, Namespace: "apps"}
			if c.old != nil {
				request.Old = c.old
			}
			d := Decide(agent(nil), request, fargatetest.Everywhere(), policyWith(c.policy))
			if got := actionsIn(d); !maps.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
			if (len(d.Patch) > 0) != c.patched {
				t.Errorf("patch %v, want one: %v", d.Patch, c.patched)
			}
		})
	}
}

// A DaemonSet that EKS ships is warned about at most, wherever and under whatever name it is
// installed (F5.6, S10), and the message says how it was recognized.
func TestDaemonSetsShippedByEKS(t *testing.T) {
	p := policy.Default()
	p.Exempt = policy.Exemptions{}
	for name, c := range map[string]struct {
		namespace, name string
		labels          map[string]string
		ofPods          map[string]string
		by              string // empty for one that isn't EKS's
	}{
		"name":               {namespace: "apps", name: "fluent-bit", by: "its name"},
		"name, kube-system":  {namespace: "kube-system", name: "kube-proxy", by: "its name"},
		"quick start":        {namespace: "amazon-cloudwatch", name: "cloudwatch-agent", by: "its name"},
		"release name":       {namespace: "monitoring", name: "logs-aws-for-fluent-bit", labels: map[string]string{"app.kubernetes.io/name": "aws-for-fluent-bit", "helm.sh/chart": "aws-for-fluent-bit-0.1.35"}, by: "its label app.kubernetes.io/name: aws-for-fluent-bit"},
		"chart only":         {namespace: "monitoring", name: "nth", labels: map[string]string{"helm.sh/chart": "aws-node-termination-handler-0.21.0"}, by: "its label helm.sh/chart: aws-node-termination-handler-0.21.0"},
		"label of its pods":  {namespace: "monitoring", name: "secrets", ofPods: map[string]string{"app": "csi-secrets-store-provider-aws"}, by: "its label app: csi-secrets-store-provider-aws"},
		"another":            {namespace: "amazon-cloudwatch", name: "other"},
		"fluent's own chart": {namespace: "logging", name: "logs-fluent-bit", labels: map[string]string{"app.kubernetes.io/name": "fluent-bit", "helm.sh/chart": "fluent-bit-0.47.9"}},
	} {
		t.Run(name, func(t *testing.T) {
			set := agent(nil)
			set.Name, set.Labels, set.Spec.Template.Labels = c.name, c.labels, c.ofPods
			d := Decide(set, Request{Operation: OperationCreate, Phase: Validating, Namespace: c.namespace}, fargatetest.Everywhere(), &p)
			want := policy.Deny
			if c.by != "" {
				want = policy.Warn
			}
			if len(d.Findings) != 1 || d.Findings[0].Rule != objects.DaemonSets.ID || d.Findings[0].Action != want {
				t.Fatalf("findings %+v, want %s", d.Findings, want)
			}
			if message := d.Findings[0].Message; strings.Contains(message, "; by "+c.by+" it may be ") != (c.by != "") {
				t.Errorf("recognized by %q, but the message is %q", c.by, message)
			}
		})
	}
}

// A DaemonSet that no profile selects is warned about if it tolerates Fargate nodes (F5.4), and not
// again when it is edited.
func TestDaemonSetThatToleratesFargateNodes(t *testing.T) {
	set := agent(nil)
	set.Spec.Template.Spec.Tolerations = []corev1.Toleration{{Key: "gpu", Operator: corev1.TolerationOpExists}, {Operator: corev1.TolerationOpExists}}
	p, index := policyWith(steering), fixtureIndex()
	request := Request{Operation: OperationCreate, Namespace: "elsewhere"}
	d := Decide(set, request, index, p)
	if len(d.Patch) > 0 || len(d.Findings) != 1 || d.Findings[0].Rule != objects.DaemonSetToleration.ID ||
		d.Findings[0].Action != policy.Warn || d.Findings[0].Field != "spec.template.spec.tolerations[1]" {
		t.Errorf("patch %v, findings %+v", d.Patch, d.Findings)
	}
	request.Operation, request.Old = OperationUpdate, set.DeepCopy()
	if d := Decide(set, request, index, p); len(d.Findings) > 0 {
		t.Errorf("reported again after an edit: %+v", d.Findings)
	}
}
