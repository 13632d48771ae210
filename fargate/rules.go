package fargate

// Rule is one thing that Fargate can't run, or silently ignores. Its texts are
// what `fargate-webhook explain` prints and docs/rules.md is made from.
type Rule struct {
	ID RuleID
	// Default is what its findings lead to where the policy says nothing else.
	Default Action
	// Title says in one line what is found, without a full stop.
	Title string
	// What tells which fields are looked at and which values are all right.
	What string
	// Why tells what Fargate does with it.
	Why string
	// Sources say how that is known: pages of documentation, public issues.
	Sources []string
	// Remedy says how to mend it. A finding may have one of its own.
	Remedy string

	// pod looks at a pod that will run on Fargate, or at the template of one.
	// Rules about other kinds have none. Rule and action of what it finds are
	// filled in by whoever asks, and an empty remedy too.
	pod func(*subject) []Finding
	// elsewhere is true for a rule about pods that are not Fargate's, but
	// that someone may take for such.
	elsewhere bool
}

// Rules lists all rules, in the order in which their findings are told.
func Rules() []Rule {
	makers := ruleMakers()
	rules := make([]Rule, len(makers))
	for i, rule := range makers {
		rules[i] = rule()
	}
	return rules
}

// ruleMakers makes the rules one at a time, so that a decision, which needs no
// two at once, is spared a list of them all in memory.
func ruleMakers() []func() Rule {
	return []func() Rule{
		ruleHostNamespaces,
		ruleHostPort,
		rulePrivileged,
		rulePrivilegeEscalation,
		ruleAddedCapabilities,
		ruleVolumeType,
		ruleVolumeDevices,
		rulePersistentVolume,
		ruleNodeSelection,
		rulePodSize,
		ruleEphemeralStorage,
		ruleExtendedResource,
		ruleUnsafeSysctl,
		ruleProfilePin,
		ruleLabelsMissing,
		ruleLabelAdopted,
		ruleLabelJoins,
		ruleLimitAboveSize,
		ruleResize,
		ruleKubeletPort,
		ruleTopologySpread,
		rulePodAffinity,
		ruleRuntimeClass,
		rulePodLevelResources,
		ruleResourcesAnnotation,
		ruleJobTTL,
		ruleDaemonSet,
		ruleDaemonSetToleration,
		ruleNodePort,
		ruleLoadBalancerTarget,
		ruleIngressTarget,
		ruleGatewayTarget,
	}
}

// action is what a finding of a rule leads to under the settings.
func (s *Settings) action(rule *Rule) Action {
	if action, ok := s.Rules[rule.ID]; ok {
		return action
	}
	// Two rules have a field of their own in the policy. What they can't
	// change in the object, where they change it, is as by default.
	var own Action
	switch rule.ID {
	case RuleDaemonSet:
		own = Action(s.DaemonSets)
	case RuleNodePort:
		own = Action(s.NodePortServices)
	default: // the others have none
	}
	if own == ActionWarn || own == ActionOff {
		return own
	}
	return rule.Default
}

// acted fills in what a rule's findings share, and drops them all when the
// settings switch the rule off.
func (s *Settings) acted(rule *Rule, findings []Finding) []Finding {
	action := s.action(rule)
	if action == ActionOff {
		return nil
	}
	for i := range findings {
		findings[i].Rule, findings[i].Action = rule.ID, action
		if findings[i].mild {
			findings[i].Action = ActionWarn
		}
		if findings[i].Remedy == "" {
			findings[i].Remedy = rule.Remedy
		}
	}
	return findings
}

// findings asks all rules about pods that this one concerns.
func (s *subject) findings() []Finding {
	var all []Finding
	lacksLabels := s.lacksLabels()
	for _, newRule := range ruleMakers() {
		rule := newRule()
		if rule.pod == nil || (rule.ID == RuleLabelsMissing) != lacksLabels {
			continue
		}
		// Whom the pod joins is told whether it gets the labels or not.
		if rule.elsewhere == s.placement.Fargate && rule.ID != RuleLabelJoins {
			continue
		}
		if s.settings.action(&rule) != ActionOff {
			all = append(all, s.settings.acted(&rule, rule.pod(s))...)
		}
	}
	return all
}
