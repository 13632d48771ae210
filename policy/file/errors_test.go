package file_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fargate-webhook/fargate"
	"fargate-webhook/policy/file"
)

// head makes a file a policy. It has two lines.
const head = "apiVersion: fargate-webhook/v1alpha1\nkind: Policy\n"

// entryFields are the fields of an entry of namespaces.
const entryFields = "an entry of namespaces may only have match, mode, labels, labelJoins, protectedLabels, resources, minimum, underQuota, workloads, daemonSets, " +
	"nodePortServices, pendingPods, rules, ignoreAnnotations, allowedVolumeTypes, allowedVolumeDrivers and allowedCapabilities"

// Errors have file, line, field, what is wrong and what is allowed.
func TestErrors(t *testing.T) {
	const smallest = "want apiVersion: fargate-webhook/v1alpha1 and kind: Policy"
	long := strings.Repeat("a", 64)
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"", "p.yaml: is empty: " + smallest},
		"comments only":     {"# nothing\n---\n", "p.yaml: is empty: " + smallest},
		"a list":            {"\n- a\n", "p.yaml:2: is a list: " + smallest},
		"text":              {"hello", "p.yaml:1: is a string: " + smallest},
		"not YAML":          {head + "rules: {\n", "p.yaml: not valid YAML: yaml: line 3: did not find expected node content"},
		"no apiVersion":     {"kind: Policy", "p.yaml:1: apiVersion: missing: want fargate-webhook/v1alpha1"},
		"no kind":           {"apiVersion: fargate-webhook/v1alpha1", "p.yaml:1: kind: missing: want Policy"},
		"another version":   {"apiVersion: fargate-webhook/v2\nkind: Policy", `p.yaml:1: apiVersion: is "fargate-webhook/v2": want fargate-webhook/v1alpha1`},
		"another kind":      {"apiVersion: fargate-webhook/v1alpha1\nkind: policy", `p.yaml:2: kind: is "policy": want Policy`},
		"kind is null":      {"apiVersion: fargate-webhook/v1alpha1\nkind:", "p.yaml:1: kind: missing: want Policy"},
		"a second document": {head + "---\n---\n" + head, "p.yaml:5: Policy: a further document, after that of line 1: keep one of them"},
		"a field twice":     {head + "labels: Off\nlabels: Off", `p.yaml:4: Policy: "labels" is set twice, first in line 3: remove one of the two`},
		"a key of a number": {head + "1: Off", "p.yaml:3: Policy key: must be a string, but 1 is a number: put it in quotes"},
		"an unknown field": {head + "resource:\n  cpu: 1", "p.yaml:3: resource: unknown field: a policy may only have apiVersion, kind, nodes, mode, labels, labelJoins, protectedLabels, resources, minimum, underQuota, " +
			"workloads, daemonSets, nodePortServices, pendingPods, rules, ignoreAnnotations, allowedVolumeTypes, allowedVolumeDrivers, allowedCapabilities, failurePolicy, timeoutSeconds, prefilter, exempt, podTemplates and namespaces"},

		"nodes":            {head + "nodes: EC2", `p.yaml:3: nodes: is "EC2": want Mixed or FargateOnly`},
		"mode":             {head + "mode: Audit", `p.yaml:3: mode: is "Audit": want Enforce or Observe`},
		"labelJoins":       {head + "labelJoins: Off", `p.yaml:3: labelJoins: is "Off": want Withhold or Allow`},
		"protectedLabels":  {head + "protectedLabels: [app, 'app: web']", `p.yaml:3: protectedLabels[1]: "app: web" matches no label key: must be a key, such as app, in which * and ? are wildcards`},
		"labels":           {head + "labels: Add", `p.yaml:3: labels: is "Add": want Inject or Off`},
		"labels, a list":   {head + "labels: [Off]", "p.yaml:3: labels: must be a string, not a list"},
		"labels, no value": {head + "labels:\nresources: Off", "p.yaml:3: labels: has no value: give it one, or leave it out"},
		"labels, empty":    {head + `labels: ""`, `p.yaml:3: labels: is "": want Inject or Off`},
		"resources":        {head + "resources: off", `p.yaml:3: resources: is "off": want Fit, Guaranteed, Limits or Off`},
		"resources, on":    {head + "resources: on", `p.yaml:3: resources: is "on": want Fit, Guaranteed, Limits or Off`},
		"resources, false": {head + "resources: false", "p.yaml:3: resources: must be a string, but false is a boolean: put it in quotes"},
		"underQuota":       {head + "underQuota: Off", `p.yaml:3: underQuota: is "Off": want Hold or Raise`},
		"workloads":        {head + "workloads: Inject", `p.yaml:3: workloads: is "Inject": want Warn, Deny or Off`},
		"daemonSets":       {head + "daemonSets: ClusterIP", `p.yaml:3: daemonSets: is "ClusterIP": want Deny, Steer, Warn or Off`},
		"nodePortServices": {head + "nodePortServices: Steer", `p.yaml:3: nodePortServices: is "Steer": want Deny, ClusterIP, Warn or Off`},
		"pendingPods":      {head + "pendingPods: Evict", `p.yaml:3: pendingPods: is "Evict": want Report, Recreate or Off`},
		"two words for one": {head + "daemonSets: Steer\nrules: {daemonset: Warn}",
			`p.yaml:3: daemonSets: rules["daemonset"] is about the same: keep one of them`},
		"two words for one, in an entry": {head + "namespaces: [{match: a, rules: {node-port: Warn}, nodePortServices: Off}]",
			`p.yaml:3: namespaces[0].nodePortServices: rules["node-port"] is about the same: keep one of them`},

		"failurePolicy, one for all": {head + "failurePolicy: Ignore", "p.yaml:3: failurePolicy: must be a mapping, not a string"},
		"failurePolicy of what": {head + "failurePolicy: {pod: Fail}", "p.yaml:3: failurePolicy.pod: unknown field: failurePolicy may only have default, pods, daemonsets, services, ingresses, " +
			"targetgroupconfigurations, deployments, statefulsets, replicasets, replicationcontrollers, jobs, cronjobs and configmaps"},
		"failurePolicy, a word":    {head + "failurePolicy: {pods: Deny}", `p.yaml:3: failurePolicy.pods: is "Deny": want Fail or Ignore`},
		"failurePolicy, no value":  {head + "failurePolicy: {pods: }", "p.yaml:3: failurePolicy.pods: has no value: give it one, or leave it out"},
		"failurePolicy by entry":   {head + "namespaces: [{match: a, failurePolicy: {pods: Fail}}]", "p.yaml:3: namespaces[0].failurePolicy: unknown field: " + entryFields},
		"timeoutSeconds, too long": {head + "timeoutSeconds: {pods: 31}", "p.yaml:3: timeoutSeconds.pods: must be a whole number of seconds from 1 to 30"},
		"timeoutSeconds, none":     {head + "timeoutSeconds: {default: 0}", "p.yaml:3: timeoutSeconds.default: must be a whole number of seconds from 1 to 30"},
		"timeoutSeconds, half":     {head + "timeoutSeconds: {default: 2.5}", "p.yaml:3: timeoutSeconds.default: must be a whole number of seconds from 1 to 30"},
		"timeoutSeconds, a string": {head + `timeoutSeconds: {default: "5"}`, "p.yaml:3: timeoutSeconds.default: must be a whole number of seconds from 1 to 30"},

		"minimum, a quantity": {head + "minimum: 1", "p.yaml:3: minimum: must be a mapping, not a number"},
		"minimum of what":     {head + "minimum: {storage: 1Gi}", "p.yaml:3: minimum.storage: unknown field: a minimum may only have cpu and memory"},
		"negative minimum":    {head + "minimum: {cpu: -100m}", "p.yaml:3: minimum.cpu: -100m is negative: want 0 or more"},
		"minimum, a word":     {head + "minimum: {cpu: much}", `p.yaml:3: minimum.cpu: "much" is no quantity: want one such as 100m or 64Mi`},
		"minimum, a list":     {head + "minimum: {cpu: [1]}", "p.yaml:3: minimum.cpu: is a list: want a quantity such as 100m or 64Mi"},
		"minimum, true":       {head + "minimum: {cpu: true}", "p.yaml:3: minimum.cpu: is a boolean: want a quantity such as 100m or 64Mi"},
		"minimum, no value":   {head + "minimum: {cpu: }", "p.yaml:3: minimum.cpu: has no value: give it one, or leave it out"},
		"minimum, too much cpu": {head + "minimum: {cpu: 16001m}",
			"p.yaml:3: minimum.cpu: 16001m exceeds the largest size of Fargate: want at most 16"},
		"minimum, too much memory": {head + "minimum: {memory: 122625Mi}",
			"p.yaml:3: minimum.memory: 122625Mi exceeds the largest size of Fargate: want at most 122624Mi"},
		"minimum, beyond all machines": {head + "minimum: {cpu: 1E}", "p.yaml:3: minimum.cpu: 1E exceeds the largest size of Fargate: want at most 16"},
		"minimum, endless":             {head + "minimum: {cpu: 1e2000000000}", `p.yaml:3: minimum.cpu: "1e2000000000" is no quantity of a sensible length: want one such as 100m or 64Mi`},
		"minimum, endlessly small":     {head + "minimum: {cpu: 1e-2000000000}", `p.yaml:3: minimum.cpu: "1e-2000000000" is no quantity of a sensible length: want one such as 100m or 64Mi`},

		"rules, a list":        {head + "rules: [node-port]", "p.yaml:3: rules: must be a mapping, not a list"},
		"unknown rule":         {head + "rules:\n  nodeport: Off", `p.yaml:4: rules["nodeport"]: no rule has this id: the rules are ` + ruleIDs()},
		"unknown action":       {head + "rules:\n  node-port: Ignore", `p.yaml:4: rules["node-port"]: is "Ignore": want Deny, Warn or Off`},
		"rule without action":  {head + "rules:\n  node-port:", `p.yaml:4: rules["node-port"]: has no value: give it one, or leave it out`},
		"a rule twice":         {head + "rules:\n  node-port: Off\n  node-port: Warn", `p.yaml:5: rules: "node-port" is set twice, first in line 4: remove one of the two`},
		"drivers, a string":    {head + "allowedVolumeDrivers: fsx.csi.aws.com", "p.yaml:3: allowedVolumeDrivers: must be a list, not a string"},
		"an empty driver":      {head + "allowedVolumeDrivers:\n- a\n- ''", "p.yaml:5: allowedVolumeDrivers[1]: empty: give it a value, or leave it out"},
		"a driver of nothing":  {head + "allowedVolumeDrivers:\n-", "p.yaml:4: allowedVolumeDrivers[0]: empty: give it a value, or leave it out"},
		"capability, a number": {head + "allowedCapabilities: [1]", "p.yaml:3: allowedCapabilities[0]: must be a string, but 1 is a number: put it in quotes"},
		"too many": {head + "allowedCapabilities: [" + strings.Repeat("A,", 1001) + "]",
			"p.yaml:3: allowedCapabilities: has 1001 entries: want 1000 at most"},

		"exempt, a list":        {head + "exempt: [kube-system]", "p.yaml:3: exempt: must be a mapping, not a list"},
		"exempt users":          {head + "exempt: {users: [kim]}", "p.yaml:3: exempt.users: unknown field: exempt may only have namespaces, usernames and groups"},
		"exempt, no namespaces": {head + "exempt: {namespaces: }", "p.yaml:3: exempt.namespaces: has no value: give it one, or leave it out"},
		"an empty user":         {head + `exempt: {usernames: [""]}`, "p.yaml:3: exempt.usernames[0]: empty: give it a value, or leave it out"},
		"no namespace's name": {head + "exempt: {namespaces: [a_b]}",
			`p.yaml:3: exempt.namespaces[0]: "a_b" matches no namespace: their names have a to z, 0 to 9 and - only, and the wildcards are * and ?`},

		"exempt, not a default": {head + `exempt: {namespaces: ["!web"]}`,
			`p.yaml:3: exempt.namespaces[0]: "!web" must remove a namespace that is exempt by default: kube-system, kube-public or kube-node-lease`},
		"exempt, removed twice": {head + `exempt: {namespaces: ["!kube-public", "!kube-public"]}`,
			`p.yaml:3: exempt.namespaces[1]: "!kube-public" must remove a namespace that is exempt by default: kube-system, kube-public or kube-node-lease`},
		"entry, nodes": {head + "namespaces: [{match: a, nodes: Mixed}]", "p.yaml:3: namespaces[0].nodes: unknown field: an entry of namespaces may only have " +
			"match, mode, labels, labelJoins, protectedLabels, resources, minimum, underQuota, workloads, daemonSets, nodePortServices, pendingPods, rules, " +
			"ignoreAnnotations, allowedVolumeTypes, allowedVolumeDrivers and allowedCapabilities"},

		"namespaces, a mapping": {head + "namespaces: {team-a: {}}", "p.yaml:3: namespaces: must be a list, not a mapping"},
		"entry, a string":       {head + "namespaces: [team-a]", "p.yaml:3: namespaces[0]: must be a mapping, not a string"},
		"entry without match":   {head + "namespaces:\n- labels: Off", "p.yaml:4: namespaces[0].match: missing"},
		"entry, empty match":    {head + "namespaces:\n- match: ''", "p.yaml:4: namespaces[0].match: must not be empty"},
		"entry, field": {head + "namespaces:\n- match: a\n  kind: Policy", "p.yaml:5: namespaces[0].kind: unknown field: an entry of namespaces may only have " +
			"match, mode, labels, labelJoins, protectedLabels, resources, minimum, underQuota, workloads, daemonSets, nodePortServices, pendingPods, rules, ignoreAnnotations, allowedVolumeTypes, allowedVolumeDrivers and allowedCapabilities"},
		"entry, setting": {head + "namespaces:\n- match: a\n  rules: {node-port: No}", `p.yaml:5: namespaces[0].rules["node-port"]: is "No": want Deny, Warn or Off`},
		"entry, capitals": {head + "namespaces:\n- match: Team-*",
			`p.yaml:4: namespaces[0].match: "Team-*" matches no namespace: their names have a to z, 0 to 9 and - only, and the wildcards are * and ?`},
		"entry, long": {head + "namespaces:\n- match: " + long, `p.yaml:4: namespaces[0].match: "` + long + `" matches no namespace: their names have 63 characters at most`},
		"never reached": {head + "namespaces:\n- match: t*-a\n- match: b\n- match: team-?-a",
			`p.yaml:6: namespaces[2].match: "team-?-a" is never reached, since "t*-a" of line 4 matches it first: move this entry before that one, or leave one of them out`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := file.Parse("p.yaml", []byte(c.text), fargate.Vocabulary())
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// A misspelt volume type is an error: it would allow nothing.
func TestVolumeTypesAreChecked(t *testing.T) {
	_, err := file.Parse("p.yaml", []byte(head+"allowedVolumeTypes: [hostPath, hostpath]"), fargate.Vocabulary())
	if err == nil || !strings.HasPrefix(err.Error(), `p.yaml:3: allowedVolumeTypes[1]: "hostpath" is no type of volume: want awsElasticBlockStore, `) {
		t.Errorf("got %v", err)
	}
}

// Values at their limits are allowed, and an entry that is broader than those before it.
func TestLimitsAreAllowed(t *testing.T) {
	for name, text := range map[string]string{
		"the largest minimum":  "minimum: {cpu: 16, memory: 122624Mi}",
		"longest name":         "namespaces: [{match: " + strings.Repeat("a", 63) + "}]",
		"narrow before broad":  "namespaces: [{match: team-a}, {match: 'team-?'}, {match: 'team-*'}, {match: '*'}]",
		"a ? leaves some of *": "namespaces: [{match: 'a?'}, {match: 'a*'}]",
		"as many as may be":    "allowedCapabilities: [" + strings.Repeat("A,", 1000) + "]",
	} {
		if _, err := file.Parse("p.yaml", []byte(head+text), fargate.Vocabulary()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The first errors are listed, and the others counted.
func TestManyErrors(t *testing.T) {
	_, err := file.Parse("p.yaml", []byte(head+"namespaces:\n"+strings.Repeat("- a\n", 50)), fargate.Vocabulary())
	if err == nil {
		t.Fatal("no error")
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 21 || lines[20] != "p.yaml: and 30 more errors" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

// Small files that expand to something huge, and the most expensive large ones, take bounded time.
func TestBombs(t *testing.T) {
	var aliases, patterns strings.Builder
	aliases.WriteString(head + "allowedCapabilities: &a [" + strings.Repeat("A,", 1000) + "]\nnamespaces:\n")
	patterns.WriteString(head + "namespaces:\n")
	for i := range 1000 {
		fmt.Fprintf(&aliases, "- {match: n%d, allowedCapabilities: *a, allowedVolumeDrivers: *a}\n", i)
		fmt.Fprintf(&patterns, "- match: '%s%d'\n", strings.Repeat("?*", 25), i)
	}
	for name, text := range map[string]string{
		"aliases":  aliases.String(),
		"patterns": patterns.String(),
		"itself":   head + "namespaces: &n [{<<: *n}]\n",
		"deep":     head + "rules: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
	} {
		start := time.Now()
		_, err := file.Parse("p.yaml", []byte(text), fargate.Vocabulary())
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
		if name == "aliases" && (err == nil || !strings.Contains(err.Error(), "values, counting an alias")) {
			t.Errorf("%s: got %.200v, want an error about aliases", name, err)
		}
	}
}
