package prefilter

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fixtures"
	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// Every rule about pods on Fargate says when it may have a finding, and no other does: without the
// one there is no prefilter, and the others are never asked about a pod that EKS has claimed.
func TestEveryRuleSays(t *testing.T) {
	known := map[policy.RuleID]bool{}
	for _, rule := range rules.OfPods() {
		onFargate := rule.Check.States == 0 || rule.Check.States&rules.OnFargate != 0
		if _, says := of[rule.ID]; says != onFargate {
			t.Errorf("rule %s is about pods on Fargate: %v, and says when it may have a finding: %v", rule.ID, onFargate, says)
		}
		known[rule.ID] = true
	}
	for id := range of {
		if !known[id] {
			t.Errorf("there is no rule %s about pods", id)
		}
	}
}

// podFixtures returns the pods of the fixtures as EKS claims them, and those that lack a fixture.
func podFixtures(t *testing.T) map[string]*corev1.Pod {
	t.Helper()
	pods := map[string]*corev1.Pod{}
	for _, f := range fixtures.All() {
		if pod, ok := f.Object.(*corev1.Pod); ok && f.Old == nil {
			pods[f.Rule+"/"+f.Name] = claimedByEKS(pod)
		}
	}
	for name, pod := range further(t) {
		pods["further/"+name] = pod
	}
	scheduled := unclaimed(fixtures.Pod())
	scheduled.Spec.SchedulerName = "mine"
	pods["of a scheduler"] = scheduled
	pinned := unclaimed(fixtures.Pod())
	metav1.SetMetaDataAnnotation(&pinned.ObjectMeta, placement.ProfileLabel, "other")
	pods["pinned by an annotation"] = pinned
	withClass := unclaimed(fixtures.Pod())
	withClass.Spec.PriorityClassName = "mine"
	pods["of a class"] = withClass
	return pods
}

// No fixture in which a rule has a finding is left out, whatever the other rules.
func TestFixturesAreSent(t *testing.T) {
	p := strict()
	condition := compiled(t, Condition(p, takenByEvery))
	sent, kept := 0, 0
	for name, pod := range podFixtures(t) {
		ids := found(pod, p)
		switch sends := sends(t, condition, pod); {
		case len(ids) > 0 && !sends:
			t.Errorf("%s has findings of %q and isn't sent", name, ids)
		case sends:
			sent++
		default:
			kept++
		}
	}
	t.Logf("%d are sent, %d are not", sent, kept)
	if kept < 50 {
		t.Errorf("only %d fixtures are not sent", kept)
	}
}

// Without any one of its terms a rule's condition is false for a pod in which the rule has a finding.
// So a term that is broken is noticed, and none is there for nothing.
func TestEveryTermMatters(t *testing.T) {
	pods := podFixtures(t)
	for id, m := range of {
		p := strict()
		p.Rules = map[policy.RuleID]policy.Action{}
		for _, rule := range rules.OfPods() {
			if rule.ID != id {
				p.Rules[rule.ID] = policy.Off
			}
		}
		var violating []*corev1.Pod
		for _, pod := range pods {
			if len(found(pod, p)) > 0 {
				violating = append(violating, pod)
			}
		}
		for at, terms := range m {
			for i, term := range terms {
				without := may{}
				without.add(m)
				without[at] = slices.Delete(slices.Clone(terms), i, i+1)
				condition := compiled(t, without.expression(takenByEvery))
				if !slices.ContainsFunc(violating, func(pod *corev1.Pod) bool { return !sends(t, condition, pod) }) {
					t.Errorf("%s: no pod is sent for this alone: %s", id, term)
				}
			}
		}
	}
}

// A rule that is Off in every namespace doesn't have pods sent; one that is on in some does.
func TestRulesThatAreOff(t *testing.T) {
	pod := claimedByEKS(fixtures.Pod())
	pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 10250}}
	off := policy.Settings{Rules: map[policy.RuleID]policy.Action{rules.KubeletPort.ID: policy.Off}}
	for name, c := range map[string]struct {
		change func(*policy.Policy)
		sends  bool
	}{
		"the default": {func(*policy.Policy) {}, true},
		"off":         {func(p *policy.Policy) { p.Rules = off.Rules }, false},
		"on in one namespace": {func(p *policy.Policy) {
			p.Rules, p.Namespaces = off.Rules, []policy.NamespaceSettings{{Settings: policy.Settings{}}}
		}, true},
		"off in one namespace": {func(p *policy.Policy) { p.Namespaces = []policy.NamespaceSettings{{Settings: off}} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := strict()
			c.change(p)
			if got := sends(t, compiled(t, Condition(p, "")), pod); got != c.sends {
				t.Errorf("sent: %v, want %v", got, c.sends)
			}
		})
	}
}

// Nothing is filtered where the policy says so, or where the mode is Observe in some namespace.
func TestNoCondition(t *testing.T) {
	for name, change := range map[string]func(*policy.Policy){
		"Off":     func(p *policy.Policy) { p.Calls.Prefilter = policy.PrefilterOff },
		"Observe": func(p *policy.Policy) { p.Mode = policy.ModeObserve },
		"Observe in one namespace": func(p *policy.Policy) {
			p.Namespaces = []policy.NamespaceSettings{{Settings: policy.Settings{Mode: policy.ModeObserve}}}
		},
	} {
		p := strict()
		change(p)
		if got := Condition(p, ""); got != "" {
			t.Errorf("%s: %.80s", name, got)
		}
	}
}
