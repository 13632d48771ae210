package policy

import (
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"fargate-webhook/fargate"
	"fargate-webhook/internal/yamlfile"
)

// settingsFields are the fields that a policy and each of its namespaces have.
func settingsFields() []string {
	return []string{"labels", "resources", "minimum", "underQuota", "workloads", "daemonSets", "nodePortServices", "pendingPods", "rules",
		"allowedVolumeTypes", "allowedVolumeDrivers", "allowedCapabilities"}
}

// settings reads the settings of the policy, or of an entry of its namespaces,
// at a path. What they don't state is as in base: of the minimum resource by
// resource, of the rules rule by rule, and lists are added to.
func (f *file) settings(fields yamlfile.Fields, at string, base fargate.Settings) fargate.Settings {
	return fargate.Settings{
		Labels:    choice(f, fields, at, "labels", base.Labels, fargate.LabelsInject, fargate.LabelsOff),
		Resources: choice(f, fields, at, "resources", base.Resources, fargate.ResourcesFit, fargate.ResourcesLimits, fargate.ResourcesOff),
		Minimum:   f.minimum(fields, at, base.Minimum),
		UnderQuota: choice(f, fields, at, "underQuota", base.UnderQuota,
			fargate.QuotaHold, fargate.QuotaRaise),
		Workloads: choice(f, fields, at, "workloads", base.Workloads, fargate.ActionWarn, fargate.ActionDeny, fargate.ActionOff),
		DaemonSets: choice(f, fields, at, "daemonSets", base.DaemonSets,
			fargate.DaemonSetsDeny, fargate.DaemonSetsSteer, fargate.DaemonSetsWarn, fargate.DaemonSetsOff),
		NodePortServices: choice(f, fields, at, "nodePortServices", base.NodePortServices,
			fargate.NodePortServicesDeny, fargate.NodePortServicesClusterIP, fargate.NodePortServicesWarn, fargate.NodePortServicesOff),
		PendingPods: choice(f, fields, at, "pendingPods", base.PendingPods,
			fargate.PendingPodsReport, fargate.PendingPodsRecreate, fargate.PendingPodsOff),
		Rules:                f.oneWord(fields, at, base.Rules),
		AllowedVolumeTypes:   f.extended(fields, at, "allowedVolumeTypes", base.AllowedVolumeTypes, f.volumeType),
		AllowedVolumeDrivers: f.extended(fields, at, "allowedVolumeDrivers", base.AllowedVolumeDrivers, nil),
		AllowedCapabilities:  f.extended(fields, at, "allowedCapabilities", base.AllowedCapabilities, nil),
	}
}

// oneWord reads the rules where two have fields of their own. What such a field
// says here holds over what was said of its rule before; to say both here is
// an error.
func (f *file) oneWord(fields yamlfile.Fields, at string, base map[fargate.RuleID]fargate.Action) map[fargate.RuleID]fargate.Action {
	own := map[string]fargate.RuleID{"daemonSets": fargate.RuleDaemonSet, "nodePortServices": fargate.RuleNodePort}
	base = maps.Clone(base)
	for name, rule := range own {
		if _, ok := fields[name]; ok {
			delete(base, rule)
		}
	}
	rules := f.rules(fields, at, base)
	for name, rule := range own {
		_, stated := fields[name]
		if _, ruled := rules[rule]; stated && ruled {
			f.Fail(fields[name].Key, yamlfile.Join(at, name), "rules[%q] is about the same: keep one of them", rule)
		}
	}
	return rules
}

// choice reads a field whose value is one of a few.
func choice[T ~string](f *file, fields yamlfile.Fields, at, name string, otherwise T, choices ...T) T {
	node, ok := f.stated(fields, at, name)
	if !ok {
		return otherwise
	}
	return chosen(f, node, yamlfile.Join(at, name), choices...)
}

func chosen[T ~string](f *file, node *yaml.Node, at string, choices ...T) T {
	text, ok := f.Text(node, at)
	if ok && !slices.Contains(choices, T(text)) {
		names := make([]string, 0, len(choices))
		for _, c := range choices {
			names = append(names, string(c))
		}
		f.Fail(node, at, "is %q: want %s", text, yamlfile.Listed("or", names...))
	}
	return T(text)
}

// rules reads the actions by rule. It is nil when there are none.
func (f *file) rules(fields yamlfile.Fields, at string, base map[fargate.RuleID]fargate.Action) map[fargate.RuleID]fargate.Action {
	node, ok := f.stated(fields, at, "rules")
	if !ok {
		return base
	}
	at = yamlfile.Join(at, "rules")
	stated := f.Fields(node, at)
	if len(stated) == 0 {
		return base
	}
	var known []string
	for _, rule := range fargate.Rules() {
		known = append(known, string(rule.ID))
	}
	actions := make(map[fargate.RuleID]fargate.Action, len(base)+len(stated))
	maps.Copy(actions, base)
	for _, id := range stated.Names() {
		at := fmt.Sprintf("%s[%q]", at, id)
		if !slices.Contains(known, id) {
			f.Fail(stated[id].Key, at, "no rule has this id: the rules are %s", yamlfile.Listed("and", known...))
			continue
		}
		if yamlfile.IsNull(stated[id].Value) {
			f.Fail(stated[id].Key, at, "has no value: give it one, or leave it out")
			continue
		}
		actions[fargate.RuleID(id)] = chosen(f, stated[id].Value, at, fargate.ActionDeny, fargate.ActionWarn, fargate.ActionOff)
	}
	return actions
}

// extended reads a list that adds to base. check, if there is one, notes what
// is wrong with an entry.
func (f *file) extended(fields yamlfile.Fields, at, name string, base []string, check func(node *yaml.Node, at, text string)) []string {
	node, ok := f.stated(fields, at, name)
	if !ok {
		return base
	}
	return slices.Concat(base, f.texts(node, yamlfile.Join(at, name), check))
}
