package fargate

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func agent(affinity *corev1.Affinity) *appsv1.DaemonSet {
	set := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "agent"}}
	set.Spec.Template.Spec.Affinity = affinity
	return set
}

// actionsIn is the actions of a decision's findings by rule.
func actionsIn(d Decision) map[RuleID]Action {
	out := map[RuleID]Action{}
	for _, f := range d.Findings {
		out[f.Rule] = f.Action
	}
	return out
}

// TestDaemonSetPolicies: what becomes of a DaemonSet that a profile selects,
// by policy, operation and phase. An update that takes nothing away is let be.
func TestDaemonSetPolicies(t *testing.T) {
	off := requires(computeTypeKey, corev1.NodeSelectorOpNotIn, "fargate")
	denied, warned := map[RuleID]Action{RuleDaemonSet: ActionDeny}, map[RuleID]Action{RuleDaemonSet: ActionWarn}
	const create, update = OperationCreate, OperationUpdate
	for name, c := range map[string]struct {
		policy    DaemonSetsPolicy
		phase     Phase
		operation OperationKind
		old       *appsv1.DaemonSet // of an update
		patched   bool
		want      map[RuleID]Action
	}{
		"denied":                              {DaemonSetsDeny, Validating, create, nil, false, denied},
		"denied in a review":                  {DaemonSetsDeny, WholeAdmission, create, nil, false, denied},
		"not yet denied":                      {DaemonSetsDeny, Mutating, create, nil, false, nil},
		"an edit is let be (ratchet)":         {DaemonSetsDeny, Validating, update, agent(nil), false, nil},
		"an update that makes it Fargate's":   {DaemonSetsDeny, Validating, update, agent(off), false, denied},
		"steered":                             {DaemonSetsSteer, Mutating, create, nil, true, nil},
		"steered in a review":                 {DaemonSetsSteer, WholeAdmission, create, nil, true, nil},
		"not steered, the mutation bypassed":  {DaemonSetsSteer, Validating, create, nil, false, denied},
		"no update is steered":                {DaemonSetsSteer, Mutating, update, agent(off), false, nil},
		"an update takes the affinity away":   {DaemonSetsSteer, Validating, update, agent(off), false, warned},
		"an update, judged as a whole":        {DaemonSetsSteer, WholeAdmission, update, agent(off), false, warned},
		"an update where there never was one": {DaemonSetsSteer, Validating, update, agent(nil), false, nil},
		"warned":                              {DaemonSetsWarn, Validating, create, nil, false, warned},
		"off":                                 {DaemonSetsOff, Validating, create, nil, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			policy := DefaultPolicy()
			policy.DaemonSets = c.policy
			request := Request{Operation: c.operation, Phase: c.phase, Namespace: "apps"}
			if c.old != nil {
				request.Old = c.old
			}
			d := Decide(agent(nil), request, everywhere(), &policy)
			if got := actionsIn(d); !maps.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
			if (len(d.Patch) > 0) != c.patched {
				t.Errorf("patch %v, want one: %v", d.Patch, c.patched)
			}
		})
	}
}

// TestSteerGoesBehindRules: what the policy says of the rule itself holds, and
// an exempt namespace is let be.
func TestSteerGoesBehindRules(t *testing.T) {
	policy := DefaultPolicy()
	policy.DaemonSets, policy.Rules = DaemonSetsSteer, map[RuleID]Action{RuleDaemonSet: ActionWarn}
	request := Request{Operation: OperationCreate, Namespace: "apps"}
	if d := Decide(agent(nil), request, everywhere(), &policy); len(d.Patch) > 0 || actionsIn(d)[RuleDaemonSet] != ActionWarn {
		t.Errorf("patch %v, findings %v; want a warning", d.Patch, d.Findings)
	}
	policy.Rules, request.Namespace = nil, "kube-system"
	if d := Decide(agent(nil), request, everywhere(), &policy); len(d.Patch)+len(d.Findings) > 0 {
		t.Errorf("exempt: patch %v, findings %v", d.Patch, d.Findings)
	}
}

// TestDaemonSetsOfEKS: one that EKS ships is warned about at most, and only
// where EKS puts it (F5.6, S10).
func TestDaemonSetsOfEKS(t *testing.T) {
	policy := DefaultPolicy()
	policy.Exempt = Exemptions{}
	for at, want := range map[[2]string]Action{
		{"amazon-cloudwatch", "fluent-bit"}:       ActionWarn,
		{"amazon-cloudwatch", "cloudwatch-agent"}: ActionWarn,
		{"kube-system", "kube-proxy"}:             ActionWarn,
		{"apps", "fluent-bit"}:                    ActionDeny,
		{"amazon-cloudwatch", "other"}:            ActionDeny,
	} {
		set := agent(nil)
		set.Name = at[1]
		d := Decide(set, Request{Operation: OperationCreate, Phase: Validating, Namespace: at[0]}, everywhere(), &policy)
		if got := actionsIn(d)[RuleDaemonSet]; got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

// TestTolerationElsewhere: a DaemonSet that no profile selects is warned about
// when it tolerates Fargate nodes (F5.4), and not again when it is edited.
func TestTolerationElsewhere(t *testing.T) {
	set := agent(nil)
	set.Spec.Template.Spec.Tolerations = []corev1.Toleration{{Key: "gpu", Operator: corev1.TolerationOpExists}, {Operator: corev1.TolerationOpExists}}
	policy := DefaultPolicy()
	policy.DaemonSets = DaemonSetsSteer
	index := fixtureIndex()
	request := Request{Operation: OperationCreate, Namespace: "elsewhere"}
	d := Decide(set, request, index, &policy)
	if len(d.Patch) > 0 || len(d.Findings) != 1 || d.Findings[0].Rule != RuleDaemonSetToleration ||
		d.Findings[0].Action != ActionWarn || d.Findings[0].Field != "spec.template.spec.tolerations[1]" {
		t.Errorf("patch %v, findings %+v", d.Patch, d.Findings)
	}
	request.Operation, request.Old = OperationUpdate, set.DeepCopy()
	if d := Decide(set, request, index, &policy); len(d.Findings) > 0 {
		t.Errorf("an edit: %+v", d.Findings)
	}
}

// TestSteerPatch: as little is added as will do.
func TestSteerPatch(t *testing.T) {
	const requirement = `{"key":"eks.amazonaws.com/compute-type","operator":"NotIn","values":["fargate"]}`
	const selector = `{"nodeSelectorTerms":[{"matchExpressions":[` + requirement + `]}]}`
	const nodes = `{"requiredDuringSchedulingIgnoredDuringExecution":` + selector + `}`
	const path = `/spec/template/spec/affinity`
	const terms = path + `/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/`
	add := func(path, value string) string { return `{"op":"add","path":"` + path + `","value":` + value + `}` }
	for name, c := range map[string]struct{ spec, want string }{
		"no affinity":      {`{}`, `[` + add(path, `{"nodeAffinity":`+nodes+`}`) + `]`},
		"of pods":          {`{"affinity":{"podAffinity":{}}}`, `[` + add(path+"/nodeAffinity", nodes) + `]`},
		"preferred":        {`{"affinity":{"nodeAffinity":{}}}`, `[` + add(path+"/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution", selector) + `]`},
		"elsewhere anyhow": {`{"nodeSelector":{"kubernetes.io/os":"windows"}}`, `null`},
		"zone, GPU, empty, by name, not by name": {
			`{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
				{"matchExpressions":[{"key":"topology.kubernetes.io/zone","operator":"In","values":["a"]}]},
				{"matchExpressions":[{"key":"gpu","operator":"Exists"}]},
				{},
				{"matchFields":[{"key":"metadata.name","operator":"In","values":["a"]}]},
				{"matchFields":[{"key":"metadata.name","operator":"NotIn","values":["a"]}]}]}}}}`,
			`[` + add(terms+`0/matchExpressions/-`, requirement) + `,` + add(terms+`4/matchExpressions`, `[`+requirement+`]`) + `]`,
		},
	} {
		var spec corev1.PodSpec
		if err := json.Unmarshal([]byte(c.spec), &spec); err != nil {
			t.Fatal(err)
		}
		var patch Patch
		patch.steer(&spec)
		got, err := json.Marshal(patch)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, diff)
		}
	}
}
