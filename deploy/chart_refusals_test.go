package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/fargate"
	"fargate-webhook/policy"
)

// What can't work is refused before anything is applied, with what to do.
func TestChartRefuses(t *testing.T) {
	tool, root := findHelm(t)
	for setting, want := range map[string]string{
		"profiles.eks.clusterName=":                      "set profiles.eks.clusterName, profiles.files or profiles.ack.clusterName",
		"aws.region=":                                    "set aws.region",
		"image.repository=":                              "set image.repository",
		"image.tag=":                                     "set image.digest or image.tag",
		"resources.limits.memory=1Gi":                    "resources may only be set with runOn: EC2",
		"policy.pendingPods=Recreate":                    "set rbac.recreatePods to true",
		"networkPolicy.enabled=true":                     "set networkPolicy.apiServerCIDRs",
		"certManager.enabled=true":                       "set certManager.issuerRef.name",
		"callers.clientAllowedNames={a}":                 "set callers.clientCASecret too",
		"podDisruptionBudget.minAvailable=2":             "podDisruptionBudget.minAvailable 2 must be less than replicas 2",
		"policy.mode=Dry":                                "at '/policy/mode': value must be one of 'Enforce', 'Observe'",
		"policy.labels=inject":                           "at '/policy/labels': value must be one of",
		"policy.rules.host-port=Allow":                   "at '/policy/rules/host-port': value must be one of",
		"policy.failurePolicy.pods=Open":                 "at '/policy/failurePolicy/pods': value must be one of 'Fail', 'Ignore'",
		"policy.timeoutSeconds.pods=31":                  "at '/policy/timeoutSeconds/pods': maximum: got 31, want 30",
		"policy.nodez=Mixed":                             "additional properties 'nodez' not allowed",
		"policy.namespaces[0].mode=Enforce":              "missing property 'match'",
		"policy.namespaces[0].nodes=Mixed":               "additional properties 'nodes' not allowed",
		"replicas=0":                                     "at '/replicas': minimum: got 0, want 1",
		"replica=2":                                      "additional properties 'replica' not allowed",
		"runOn=fargate":                                  "at '/runOn': value must be one of 'Any', 'Fargate', 'EC2'",
		"image.digest=sha256:12":                         "at '/image/digest'",
		"aws.roleArn=fargate-webhook":                    "at '/aws/roleArn'",
		"aws.region=us-west-2a":                          "at '/aws/region'",
		"extraArgs={serve}":                              "at '/extraArgs/0'",
		"profiles.eks.clusterName=arn:aws:eks:x:cluster": "at '/profiles/eks/clusterName'",

		"env[0].name=CLUSTER_NAME":                       "env: CLUSTER_NAME is set by the chart: remove it from env; set profiles.eks.clusterName",
		"env[0].name=POD_NAMESPACE":                      "env: POD_NAMESPACE is set by the chart",
		"env[0].name=A,env[1].name=A":                    "env: A is there twice",
		"rbac.pendingPods=false":                         "set rbac.pendingPods to true, or policy.pendingPods to Off",
		"rbac.pendingPods=false,policy.pendingPods=null": "set rbac.pendingPods to true, or policy.pendingPods to Off",
		"rbac.pendingPods=false,policy.pendingPods=Off,policy.namespaces[0].match=a,policy.namespaces[0].pendingPods=Report": "set rbac.pendingPods to true",
		"policy.namespaces[0].match=a,policy.namespaces[0].daemonSets=Warn,policy.namespaces[0].rules.daemonset=Off":         "policy.namespaces[0]: daemonSets and rules.daemonset are about the same: keep one of them",
		"policy.namespaces[0].match=a,policy.namespaces[0].nodePortServices=Off,policy.namespaces[0].rules.node-port=Off":    "policy.namespaces[0]: nodePortServices and rules.node-port are about the same",
		"policy.rules.hostport=Off": "at '/policy/rules': additional properties 'hostport' not allowed",
		"policy.namespaces[0].match=a,policy.namespaces[0].rules.hostport=Off": "at '/policy/namespaces/0/rules': additional properties 'hostport' not allowed",
		"policy.failurePolicy.pod=Fail":                                        "at '/policy/failurePolicy': additional properties 'pod' not allowed",
		"policy.timeoutSeconds.pod=3":                                          "at '/policy/timeoutSeconds': additional properties 'pod' not allowed",
		"networkPolicy.apiServerCIDRs={10.0.0.0/40}":                           "at '/networkPolicy/apiServerCIDRs/0'",
		"networkPolicy.apiServerCIDRs={10.0.0.256/24}":                         "at '/networkPolicy/apiServerCIDRs/0'",
		"networkPolicy.apiServerCIDRs={fd00::/129}":                            "at '/networkPolicy/apiServerCIDRs/0'",
		"commonLabels.team=a b":                                                "at '/commonLabels/team'",
		"podLabels.a b=c":                                                      "at '/podLabels': additional properties 'a b' not allowed",
		"profiles.files.a/b=c":                                                 "at '/profiles/files': additional properties 'a/b' not allowed",
		"certManager.enabled=true,certManager.issuerRef.name=a,certManager.duration=1h30m,certManager.renewBefore=90m":   "certManager.renewBefore 90m must be less than certManager.duration 1h30m",
		"certManager.enabled=true,certManager.issuerRef.name=a,certManager.duration=2160h,certManager.renewBefore=2161h": "certManager.renewBefore 2161h must be less than certManager.duration 2160h",
	} {
		_, err := tool.Render(t.Context(), ownNamespace, "--values", values(root, "defaults"), "--set", setting)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", setting, err, want)
		}
	}
}

// Values that are next to refused ones.
func TestChartAccepts(t *testing.T) {
	tool, root := findHelm(t)
	for _, setting := range []string{
		"rbac.pendingPods=false,policy.pendingPods=Off",
		"rbac.pendingPods=false,existingPolicy=ours",
		"policy.rules=null,policy.mode=null,policy.pendingPods=null,policy.namespaces=null",
		"policy.namespaces[0].match=a,policy.namespaces[0].daemonSets=Warn,policy.namespaces[0].rules.node-port=Off",
		"certManager.enabled=true,certManager.issuerRef.name=a,certManager.duration=1h30m,certManager.renewBefore=89.5m",
		"commonLabels.example\\.com/team=,affinity=null,resources=null",
	} {
		if _, err := tool.Render(t.Context(), ownNamespace, "--values", values(root, "defaults"), "--set", setting); err != nil {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

// A part of the values that is set to null is refused with its name, and doesn't end in an error
// of a template.
func TestChartRefusesNull(t *testing.T) {
	var standard map[string]any
	decodeYAML(t, filepath.Join("chart", "values.yaml"), &standard)
	needed := []string{"runOn", "replicas", "logLevel", "image.pullPolicy", "serviceAccount.name", "certManager.duration"}
	for _, at := range append(needed, parts("", standard)...) {
		if strings.HasPrefix(at, "policy.") || at == "monitoring.dashboard.labels" {
			continue // the program has defaults, and no label is needed
		}
		_, err := tryRender(t, "defaults", nested(at))
		name := at[strings.LastIndex(at, ".")+1:]
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("missing property '%s'", name)) {
			t.Errorf("%s: null: %v", at, err)
		}
	}
}

// parts returns the paths of values that have values below them.
func parts(at string, values map[string]any) (paths []string) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if below, ok := values[name].(map[string]any); ok && len(below) > 0 {
			paths = append(append(paths, at+name), parts(at+name+".", below)...)
		}
	}
	return paths
}

// nested returns YAML that sets a path to null.
func nested(path string) string {
	names := strings.Split(path, ".")
	return strings.Join(names, ": {") + ": null" + strings.Repeat("}", len(names)-1)
}

// The schema lists the rules and kinds that the program knows.
func TestChartSchemaKnowsRulesAndKinds(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("chart", "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Definitions map[string]struct{ Properties map[string]any }
	}
	if err := json.Unmarshal(content, &schema); err != nil {
		t.Fatal(err)
	}
	known := fargate.Vocabulary()
	var rules []string
	for _, id := range known.Rules {
		rules = append(rules, string(id))
	}
	kinds := append([]string{policy.AllKinds}, known.Kinds...)
	for name, want := range map[string][]string{"rules": rules, "failurePolicies": kinds, "timeouts": kinds} {
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(schema.Definitions[name].Properties))); diff != "" {
			t.Errorf("values.schema.json, definitions.%s (-program +schema):\n%s", name, diff)
		}
	}
}
