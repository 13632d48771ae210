package webhook

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
	"fargate-webhook/webhook/audit/audittest"
)

// changing returns a webhook that writes lines of changed objects too.
func changing(t *testing.T, options audit.Options) *bench {
	t.Helper()
	b := &bench{audit: audittest.Open(t, options)}
	p := policy.Default()
	p.RewriteNodePorts = true
	b.handlers = Handlers(Dependencies{Profiles: testProfiles(t), Policy: p, Audit: b.audit.Log, AuditMutations: true, Logger: zap.NewNop()})
	return b
}

// With AuditMutations, every patched object leaves one line with the fields of its patch, and nothing
// else does. The line has no values of the environment.
func TestMutationLines(t *testing.T) {
	b := changing(t, audit.Options{})
	requests, err := filepath.Glob("testdata/mutate/*/request.json")
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, request := range requests {
		body := readFile(t, request)
		got := answerOf(t, b.post(t, pathFor(t, "mutate", body), body))
		text := b.audit.String()
		b.audit.Reset()
		if (text == "") != (got.Patch == nil) || strings.Count(text, "\n") > 1 {
			t.Errorf("%s: patch %s, lines %s", request, got.Patch, text)
		}
		if got.Patch == nil {
			continue
		}
		changed++
		var line struct {
			Event    string
			Observed bool
			Changes  []string
			Findings []any
		}
		var patch []struct{ Path string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(got.Patch, &patch); err != nil {
			t.Fatal(err)
		}
		for _, operation := range patch {
			if !strings.Contains(strings.Join(line.Changes, " ")+" ", strings.TrimPrefix(operation.Path, "/")+" ") {
				t.Errorf("%s: %s is not in %q", request, operation.Path, line.Changes)
			}
		}
		if line.Event != "changed" || line.Observed || len(line.Findings) > 0 {
			t.Errorf("%s: %s", request, text)
		}
		if strings.Contains(text, "hunter2") || strings.Contains(text, "resources-applied\":") {
			t.Errorf("%s: values are told: %s", request, text)
		}
	}
	if changed < 5 {
		t.Errorf("only %d objects were changed", changed)
	}
}

// howChanged is how a line says what changed.
type howChanged struct {
	Labels, Annotations map[string]string
	Pinned              string
	Resources           []resourcesOf
}

type resourcesOf struct {
	Container     string
	Before, After map[string]map[string]string
}

// A line names labels and annotations with their values, the profile that a pod is pinned to, and
// requests and limits before and after. What mode Observe would change is said in the same way.
func TestHowItChanged(t *testing.T) {
	observed, _, observedLog := observing(t)
	enforcing := changing(t, audit.Options{})
	read := func(log *audittest.Log) (how howChanged) {
		t.Helper()
		if err := json.Unmarshal(log.Bytes(), &how); err != nil {
			t.Fatalf("%v: %q", err, log)
		}
		log.Reset()
		return how
	}
	type list = map[string]map[string]string
	for folder, want := range map[string]howChanged{
		"label-added":         {Labels: map[string]string{"run": "on-fargate"}},
		"pinned-to-the-first": {Labels: map[string]string{"eks.amazonaws.com/fargate-profile": "billing-one"}, Pinned: "billing-one"},
		"resources-of-init-containers": {Resources: []resourcesOf{
			{"setup", list{}, list{"requests": {"cpu": "250m", "memory": "1792Mi"}, "limits": {"cpu": "250m", "memory": "1792Mi"}}},
			{
				"web", list{"requests": {"cpu": "100m"}, "limits": {"cpu": "1", "memory": "1Gi"}},
				list{"requests": {"cpu": "250m"}, "limits": {"cpu": "250m", "memory": "1Gi"}},
			},
		}},
		"service-load-balancer": {Annotations: map[string]string{
			"fargate-webhook/added": "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type,service.beta.kubernetes.io/aws-load-balancer-type",
			"service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
			"service.beta.kubernetes.io/aws-load-balancer-type":            "external",
		}},
	} {
		body := readFile(t, "testdata/mutate/"+folder+"/request.json")
		answerOf(t, enforcing.post(t, pathFor(t, "mutate", body), body))
		if diff := cmp.Diff(want, read(enforcing.audit)); diff != "" {
			t.Errorf("%s: -want +changed:\n%s", folder, diff)
		}
		answerOf(t, observed.post(t, pathFor(t, "validate", body), body))
		if diff := cmp.Diff(want, read(observedLog)); diff != "" {
			t.Errorf("%s: -want +would be changed:\n%s", folder, diff)
		}
	}
}

// The resources of very many containers are counted, and not listed.
func TestManyChangedContainers(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: make([]corev1.Container, maxListed+3)}}
	one, two := sizing.Quantities{CPU: "1"}, sizing.Quantities{CPU: "2"}
	var patch jsonpatch.Patch
	for i := range pod.Spec.Containers {
		path := jsonpatch.Item("/spec/containers", i) + "/resources"
		patch = append(patch, jsonpatch.Add(path+"/requests", one), jsonpatch.Add(path+"/limits", two))
	}
	line := &audit.Line{}
	addChanges(line, pod, append(patch, jsonpatch.Remove("/spec/containers/0/resources/limits/cpu")))
	first := audit.Resources{After: audit.Requirements{Requests: audit.Quantities{CPU: "1"}}}
	if len(line.Resources) != maxListed || line.MoreResources != 3 || line.Resources[0] != first || line.Resources[1].After.Limits.CPU != "2" || len(line.Changes) != maxListed {
		t.Errorf("%d are listed, %d more, %d fields; the first is %+v", len(line.Resources), line.MoreResources, len(line.Changes), line.Resources[0])
	}
}
