package file

import (
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/internal/yamlfile"
	"fargate-webhook/policy"
)

// settingsFields are the fields of a policy and of each entry of its namespaces.
var settingsFields = []string{
	"mode", "labels", "labelJoins", "protectedLabels", "resources", "minimum", "underQuota", "workloads", "daemonSets", "nodePortServices", "pendingPods", "rules", "ignoreAnnotations",
	"allowedVolumeTypes", "allowedVolumeDrivers", "allowedCapabilities",
}

// settings reads the settings of the policy, or of an entry of its namespaces, at a path. What they
// don't set is inherited from base: the minimum by resource, rules by rule; lists are extended.
func (r *reader) settings(fields yamlfile.Fields, at string, base policy.Settings) policy.Settings {
	rules, ruled := r.rules(fields, at, base.Rules)
	s := policy.Settings{
		Mode:            choice(r, fields, at, "mode", base.Mode, policy.ModeEnforce, policy.ModeObserve),
		Nodes:           base.Nodes,
		Labels:          choice(r, fields, at, "labels", base.Labels, policy.LabelsInject, policy.LabelsOff),
		LabelJoins:      choice(r, fields, at, "labelJoins", base.LabelJoins, policy.LabelJoinsWithhold, policy.LabelJoinsAllow),
		ProtectedLabels: r.patterns(fields, at, "protectedLabels", base.ProtectedLabels, r.labelKeyPattern),
		Resources:       choice(r, fields, at, "resources", base.Resources, policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits, policy.ResourcesOff),
		Minimum:         r.minimum(fields, at, base.Minimum),
		UnderQuota: choice(r, fields, at, "underQuota", base.UnderQuota,
			policy.QuotaHold, policy.QuotaRaise),
		Workloads: choice(r, fields, at, "workloads", base.Workloads, policy.Warn, policy.Deny, policy.Off),
		PendingPods: choice(r, fields, at, "pendingPods", base.PendingPods,
			policy.PendingPodsReport, policy.PendingPodsRecreate, policy.PendingPodsOff),
		IgnoreAnnotations: choice(r, fields, at, "ignoreAnnotations", base.IgnoreAnnotations,
			policy.IgnoreReview, policy.IgnoreAdmission),
		SteerDaemonSets:      base.SteerDaemonSets,
		RewriteNodePorts:     base.RewriteNodePorts,
		Rules:                rules,
		AllowedVolumeTypes:   r.extended(fields, at, "allowedVolumeTypes", base.AllowedVolumeTypes, r.volumeType),
		AllowedVolumeDrivers: r.extended(fields, at, "allowedVolumeDrivers", base.AllowedVolumeDrivers, nil),
		AllowedCapabilities:  r.extended(fields, at, "allowedCapabilities", base.AllowedCapabilities, nil),
	}
	for i := range shorthands {
		h := &shorthands[i]
		_, both := ruled[string(h.rule)]
		r.shorthand(h, fields, at, both, &s)
	}
	return s
}

// shorthand is a field that sets the action of one rule. One more value changes the object instead
// of refusing it; the rule then keeps its default action for what can't be changed.
type shorthand struct {
	field  string
	rule   policy.RuleID
	change string
	// changes is the setting that the value sets.
	changes func(*policy.Settings) *bool
}

var shorthands = [...]shorthand{
	{"daemonSets", "daemonset", "Steer", func(s *policy.Settings) *bool { return &s.SteerDaemonSets }},
	{"nodePortServices", "node-port", "ClusterIP", func(s *policy.Settings) *bool { return &s.RewriteNodePorts }},
}

// shorthand applies the field to settings whose rules have been read. The field and its rule can't
// both be set at the same place; either replaces what is inherited of both. ruled is true when the
// rule is set here.
func (r *reader) shorthand(h *shorthand, fields yamlfile.Fields, at string, ruled bool, s *policy.Settings) {
	if ruled {
		*h.changes(s) = false
	}
	node, ok := r.stated(fields, at, h.field)
	if !ok {
		return
	}
	at = yamlfile.Join(at, h.field)
	if ruled {
		r.Fail(fields[h.field].Key, at, "rules[%q] is about the same: keep one of them", h.rule)
		return
	}
	text := chosen(r, node, at, string(policy.Deny), h.change, string(policy.Warn), string(policy.Off))
	*h.changes(s) = text == h.change
	s.Rules = maps.Clone(s.Rules)
	delete(s.Rules, h.rule)
	if text != h.change {
		if s.Rules == nil {
			s.Rules = map[policy.RuleID]policy.Action{}
		}
		s.Rules[h.rule] = policy.Action(text)
	}
}

// choice reads a field whose value is one of a few.
func choice[T ~string](r *reader, fields yamlfile.Fields, at, name string, otherwise T, choices ...T) T {
	node, ok := r.stated(fields, at, name)
	if !ok {
		return otherwise
	}
	return chosen(r, node, yamlfile.Join(at, name), choices...)
}

func chosen[T ~string](r *reader, node *yaml.Node, at string, choices ...T) T {
	text, ok := r.Text(node, at)
	if ok && !slices.Contains(choices, T(text)) {
		names := make([]string, 0, len(choices))
		for _, c := range choices {
			names = append(names, string(c))
		}
		r.Fail(node, at, "is %q: want %s", text, yamlfile.Listed("or", names...))
	}
	return T(text)
}

// rules reads the actions by rule, nil when there are none, and returns the fields that set them.
func (r *reader) rules(
	fields yamlfile.Fields, at string, base map[policy.RuleID]policy.Action,
) (actions map[policy.RuleID]policy.Action, stated yamlfile.Fields) {
	node, ok := r.stated(fields, at, "rules")
	if !ok {
		return base, nil
	}
	at = yamlfile.Join(at, "rules")
	stated = r.Fields(node, at)
	if len(stated) == 0 {
		return base, nil
	}
	actions = make(map[policy.RuleID]policy.Action, len(base)+len(stated))
	maps.Copy(actions, base)
	for _, id := range stated.Names() {
		at := fmt.Sprintf("%s[%q]", at, id)
		if !slices.Contains(r.known.Rules, policy.RuleID(id)) {
			r.Fail(stated[id].Key, at, "no rule has this id: the rules are %s", yamlfile.Listed("and", ids(r.known.Rules)...))
			continue
		}
		if yamlfile.IsNull(stated[id].Value) {
			r.Fail(stated[id].Key, at, "has no value: give it one, or leave it out")
			continue
		}
		actions[policy.RuleID(id)] = chosen(r, stated[id].Value, at, policy.Deny, policy.Warn, policy.Off)
	}
	return actions, stated
}

// extended reads a list that adds to base. check, if given, reports what is wrong with an entry.
func (r *reader) extended(fields yamlfile.Fields, at, name string, base []string, check func(node *yaml.Node, at, text string)) []string {
	node, ok := r.stated(fields, at, name)
	if !ok {
		return base
	}
	return slices.Concat(base, r.texts(node, yamlfile.Join(at, name), check))
}

func ids(rules []policy.RuleID) []string {
	texts := make([]string, len(rules))
	for i, id := range rules {
		texts[i] = string(id)
	}
	return texts
}
