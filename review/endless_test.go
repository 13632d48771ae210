package review_test

import (
	"fmt"
	"strings"
	"testing"
)

// A quantity that would take minutes to read is a problem of its document, in whatever object it
// is, and hides no other one.
func TestEndlessQuantities(t *testing.T) {
	for kind, text := range map[string]string{
		"v1 Pod":                                 "spec: {containers: [{name: a, resources: {requests: {cpu: %q}}}]}",
		"v1 LimitRange":                          "spec: {limits: [{type: Container, default: {cpu: %q}}]}",
		"v1 ResourceQuota":                       "spec: {hard: {requests.cpu: %q}}",
		"v1 PersistentVolume":                    "spec: {capacity: {storage: %q}}",
		"v1 PersistentVolumeClaim":               "spec: {resources: {requests: {storage: %q}}}",
		"apps/v1 StatefulSet":                    "spec: {volumeClaimTemplates: [{spec: {resources: {requests: {storage: %q}}}}]}",
		"batch/v1 CronJob":                       "spec: {jobTemplate: {spec: {template: {spec: {volumes: [{name: a, emptyDir: {sizeLimit: %q}}]}}}}}",
		"autoscaling/v2 HorizontalPodAutoscaler": "spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: %q}}}]}",
	} {
		for _, quantity := range []string{"1e-2147483647", "1e2147483647", strings.Repeat("9", 1_000_000)} {
			apiVersion, kind, _ := strings.Cut(kind, " ")
			document := fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: a}\n%s\n", apiVersion, kind, fmt.Sprintf(text, quantity))
			items, problems := newReviewer(t).File("in.yaml", []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n---\n"+document))
			line := "in.yaml:8: "
			if len(quantity) > 100 { // too large to be searched
				line = "in.yaml:4: "
			}
			if len(items) != 1 || len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), line) || !strings.Contains(problems[0].Error(), "quantity") {
				t.Errorf("%s: %d items, problems %.300v", kind, len(items), problems)
			}
		}
	}
}

func TestProblemsAreCounted(t *testing.T) {
	_, problems := newReviewer(t).File("in.yaml", []byte(strings.Repeat("---\n{}\n", 300)))
	if len(problems) != 101 || problems[100].Error() != "in.yaml: 200 more problems" {
		t.Errorf("%d problems, the last is %v", len(problems), problems[len(problems)-1])
	}
}

func TestProblemsAreShort(t *testing.T) {
	_, problems := newReviewer(t).File("in.yaml", []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: a, creationTimestamp: "+strings.Repeat("t", 1_000_000)+"}\n"))
	if len(problems) != 1 || len(problems[0].Error()) > 1100 {
		t.Errorf("%d problems, %.2000v", len(problems), problems)
	}
}
