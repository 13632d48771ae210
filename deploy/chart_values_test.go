package deploy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"fargate-webhook/cmd/fargate-webhook/serve"
	"fargate-webhook/deploy/helm"
	"fargate-webhook/fargate"
	"fargate-webhook/policy"
	"fargate-webhook/policy/file"
)

// chartFiles returns the content of the chart's templates by name.
func chartFiles(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("chart", "templates", "*"))
	if err != nil || len(names) < 10 {
		t.Fatalf("%v, %v", names, err)
	}
	files := map[string]string{}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(content)
	}
	return files
}

// The chart keeps to what EKS asks of add-ons: it is rendered without a cluster, and installed
// without Helm.
func TestChartFollowsTheRulesOfAddOns(t *testing.T) {
	banned := regexp.MustCompile(`\.Capabilities|\blookup\b|helm\.sh/hook|\.Files\b|\btpl\b|\brand[A-Z]\w*|\bgen[A-Z]\w*Cert|\bnow\b|uuidv4`)
	release := regexp.MustCompile(`\.Release\.(\w+)`)
	comment := regexp.MustCompile(`(?s)\{\{-?\s*/\*.*?\*/\s*-?\}\}|(?m)^\s*#.*$`)
	for name, content := range chartFiles(t) {
		content = comment.ReplaceAllString(content, "")
		if found := banned.FindAllString(content, -1); len(found) > 0 {
			t.Errorf("%s uses %v", name, found)
		}
		for _, use := range release.FindAllStringSubmatch(content, -1) {
			if use[1] != "Name" && use[1] != "Namespace" {
				t.Errorf("%s uses %s", name, use[0])
			}
		}
		if strings.Contains(content, "kind: CustomResourceDefinition") {
			t.Errorf("%s has a CustomResourceDefinition", name)
		}
	}
	for _, folder := range []string{"crds", "charts"} {
		if _, err := os.Stat(filepath.Join("chart", folder)); err == nil {
			t.Errorf("the chart has the folder %s", folder)
		}
	}
}

// `helm lint --strict` has nothing against the chart with any of the sets of values.
func TestChartLint(t *testing.T) {
	tool, root := findHelm(t)
	args := []string{"lint", "--strict", "--quiet", helm.Chart(root)}
	if out, err := tool.Run(t.Context(), nil, args...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, set := range valueSets(t) {
		if out, err := tool.Run(t.Context(), nil, append(args, "--values", values(root, set))...); err != nil {
			t.Errorf("%s: %v\n%s", set, err, out)
		}
	}
}

// The schema knows the values of values.yaml, no more and no less, and no object of it takes
// unknown fields.
func TestChartSchemaIsComplete(t *testing.T) {
	var schema, standard map[string]any
	content, err := os.ReadFile(filepath.Join("chart", "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &schema); err != nil {
		t.Fatal(err)
	}
	decodeYAML(t, filepath.Join("chart", "values.yaml"), &standard)
	compareSchema(t, "", schema, standard)
}

func compareSchema(t *testing.T, at string, schema, values map[string]any) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	if properties == nil {
		return
	}
	if schema["additionalProperties"] != false {
		t.Errorf("%s takes unknown fields", at)
	}
	for name, property := range properties {
		value, found := values[name]
		if !found && at+name != "global" && at != "resources." {
			t.Errorf("values.yaml lacks %s%s", at, name)
		}
		below, _ := value.(map[string]any)
		if object, ok := property.(map[string]any); ok {
			compareSchema(t, at+name+".", object, below)
		}
	}
	for name := range values {
		if properties[name] == nil {
			t.Errorf("the schema lacks %s%s", at, name)
		}
	}
}

// The values of the policy and the policy file have the same fields, and what is set reaches the
// program.
func TestChartPassesThePolicy(t *testing.T) {
	var chart struct{ Policy map[string]any }
	decodeYAML(t, filepath.Join("chart", "values.yaml"), &chart)
	objects := render(t, "policy")
	var got policy.Policy
	for _, object := range objects {
		if m, ok := object.(*corev1.ConfigMap); ok {
			var fields map[string]any
			if err := yaml.Unmarshal([]byte(m.Data["policy.yaml"]), &fields); err != nil {
				t.Fatal(err)
			}
			for name := range chart.Policy {
				if _, found := fields[name]; !found {
					t.Errorf("the set of values policy has no %s", name)
				}
			}
			var err error
			if got, err = file.Parse("policy.yaml", []byte(m.Data["policy.yaml"]), fargate.Vocabulary()); err != nil {
				t.Fatal(err)
			}
		}
	}
	standard := policy.Default()
	if got.Labels != policy.LabelsOff || got.Workloads != policy.Off || got.Mode != policy.ModeObserve || got.PendingPods != policy.PendingPodsRecreate ||
		got.Resources == standard.Resources || got.UnderQuota == standard.UnderQuota || !got.SteerDaemonSets || !got.RewriteNodePorts {
		t.Errorf("the program reads %+v", got.Settings)
	}
}

// A changed policy rolls the Deployment; nothing else in the policy's ConfigMap does.
func TestChartRollsOnPolicy(t *testing.T) {
	sums := map[string]bool{}
	for _, set := range []string{"defaults", "cert-manager", "policy"} {
		sums[one[*appsv1.Deployment](t, render(t, set)).Spec.Template.Annotations["fargate-webhook/policy-checksum"]] = true
	}
	if len(sums) != 2 || sums[""] {
		t.Errorf("checksums %v; want the same for the same policy", sums)
	}
}

// The program has the flags that the container is given, and only those that a set of values needs
// are there.
func TestChartArguments(t *testing.T) {
	want := map[string][]string{
		"defaults": {"serve", "--cluster-name=$(CLUSTER_NAME)", "--config=/etc/fargate-webhook/policy/policy.yaml", "--inventory"},
		"ack":      {"serve", "--ack-cluster-name=prod", "--config=/etc/fargate-webhook/policy/policy.yaml", "--inventory"},
		"files":    {"serve", "--profiles=/etc/fargate-webhook/profiles", "--config=/etc/fargate-webhook/policy/policy.yaml", "--inventory"},
		"static": {
			"serve", "--cluster-name=$(CLUSTER_NAME)", "--config=/etc/fargate-webhook/policy/policy.yaml", "--static-registration",
			"--path-file=/etc/fargate-webhook/path/path", "--client-ca-file=/etc/fargate-webhook/clients/ca.crt", "--client-allowed-names=kube-apiserver,api.internal", "--inventory",
		},
		"cert-manager": {
			"serve", "--cluster-name=$(CLUSTER_NAME)", "--config=/etc/fargate-webhook/policy/policy.yaml",
			"--cert-dir=/etc/fargate-webhook/certificate", "--path-file=/etc/fargate-webhook/path/path", "--inventory",
		},
		"extras": {
			"serve", "--cluster-name=$(CLUSTER_NAME)", "--config=/etc/fargate-webhook/policy/policy.yaml", "--log-level=debug",
			"--shutdown-delay=10s", "--refresh-interval=2m",
		},
	}
	for _, set := range valueSets(t) {
		args := one[*appsv1.Deployment](t, render(t, set)).Spec.Template.Spec.Containers[0].Args
		if err := serve.NewCommand("test", "test").ParseFlags(args[1:]); args[0] != "serve" || err != nil {
			t.Errorf("%s: %q: %v", set, args, err)
		}
	}
	for set, args := range want {
		if diff := cmp.Diff(args, one[*appsv1.Deployment](t, render(t, set)).Spec.Template.Spec.Containers[0].Args); diff != "" {
			t.Errorf("%s (-want +got):\n%s", set, diff)
		}
	}
}
