package review_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/policy"
	"fargate-webhook/review"
	"fargate-webhook/review/report"
)

// What the container may use is handed out under every policy, and the table shows what it may not.
func TestUsage(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {%s}}\n" +
		"spec: {containers: [{name: a, resources: {requests: {cpu: 100m, memory: 100Mi}, limits: {cpu: 150m, memory: 200Mi}}}]}\n"
	const annotation = `fargate-webhook/resources: "%s"`
	const limits, size = "150m, 200Mi", " of 0.25 vCPU / 512Mi; unused "
	for name, c := range map[string]struct {
		policy    policy.Resources
		own, want string
	}{
		"Fit":                  {policy.ResourcesFit, "", limits + size + "100m, 56Mi"},
		"Off by policy":        {policy.ResourcesOff, "", limits + size + "100m, 56Mi"},
		"Off by annotation":    {policy.ResourcesFit, fmt.Sprintf(annotation, "Off"), limits + size + "100m, 56Mi"},
		"Fit by annotation":    {policy.ResourcesOff, fmt.Sprintf(annotation, "Fit"), limits + size + "100m, 56Mi"},
		"Guaranteed":           {policy.ResourcesGuaranteed, "", limits + size + "100m, 56Mi"},
		"Limits by annotation": {policy.ResourcesOff, fmt.Sprintf(annotation, "Limits"), limits + size + "100m, 56Mi"},
	} {
		t.Run(name, func(t *testing.T) {
			reviewer := newReviewer(t)
			reviewer.Policy.Resources = c.policy
			items, problems := reviewer.File("in.yaml", fmt.Appendf(nil, pod, c.own))
			if len(problems) > 0 || len(items) != 1 || items[0].Usage == nil {
				t.Fatal(items, problems)
			}
			u := items[0].Usage
			if got := fmt.Sprintf("%s of 0.25 vCPU / %s; unused %s", u.HandedOut, u.Provisioned.Memory, u.Unused); got != c.want ||
				u.Requested.String() != "100m, 100Mi" || u.Provisioned.CPU != "250m" {
				t.Errorf("got %+v, want %s", *u, c.want)
			}
			var table strings.Builder
			if err := report.Write(&table, "table", new(review.NewReport(items)), report.Options{}); err != nil {
				t.Fatal(err)
			}
			if want := "\nPod default/p:\n  requests 100m, 100Mi; handed out " + c.want + "\n"; !strings.Contains(table.String(), want) {
				t.Errorf("%q is not in\n%s", want, table.String())
			}
		})
	}
}

// An init container doesn't hide what the containers after it can't use.
func TestUsageBesideInitContainer(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {%scontainers: [{name: a, resources: {limits: {memory: 90Mi}}}]}\n"
	for _, init := range []string{"", "initContainers: [{name: wait}], "} {
		items, problems := newReviewer(t).File("in.yaml", fmt.Appendf(nil, pod, init))
		if len(problems) > 0 || len(items) != 1 || items[0].Usage == nil {
			t.Fatal(items, problems)
		}
		if got := items[0].Usage; got.Unused.String() != "0, 166Mi" || got.HandedOut.String() != "250m, 90Mi" {
			t.Errorf("%q: unused %s, handed out %s", init, got.Unused, got.HandedOut)
		}
	}
}

// A pod that wastes nothing has no details.
func TestNothingToTell(t *testing.T) {
	items, problems := newReviewer(t).File("in.yaml", []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"+
		"spec: {containers: [{name: a, resources: {requests: {cpu: 250m, memory: 256Mi}, limits: {cpu: 250m, memory: 256Mi}}}]}\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var table strings.Builder
	if err := report.Write(&table, "table", new(review.NewReport(items)), report.Options{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(table.String(), "Pod default/p:") || items[0].Usage == nil {
		t.Errorf("usage %v:\n%s", items[0].Usage, table.String())
	}
}

// Every object with a size has a usage: handed out and unused together are the size less the 256
// MiB of Fargate.
func TestUsageWhereSize(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*/input.yaml")
	if err != nil {
		t.Fatal(err)
	}
	report, problems := newReviewer(t).Paths(inputs, false, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	sized := 0
	for i := range report.Items {
		item := &report.Items[i]
		where := filepath.Join(item.Source, item.Name)
		if (item.Size == nil) != (item.Usage == nil) {
			t.Errorf("%s: size %v, usage %v", where, item.Size, item.Usage)
		}
		if item.Usage == nil {
			continue
		}
		sized++
		u := item.Usage
		if sum(t, u.HandedOut.CPU, u.Unused.CPU) != sum(t, u.Provisioned.CPU) ||
			sum(t, u.HandedOut.Memory, u.Unused.Memory, "256Mi") != sum(t, u.Provisioned.Memory) ||
			sum(t, u.Provisioned.Memory) != sum(t, item.Size.Memory) || sum(t, u.Provisioned.CPU) != sum(t, item.Size.VCPU) {
			t.Errorf("%s: size %v, usage %+v", where, *item.Size, *u)
		}
	}
	if sized == 0 || sized == len(report.Items) {
		t.Errorf("%d of %d have a size", sized, len(report.Items))
	}
}

// sum adds quantities, in thousandths.
func sum(t *testing.T, texts ...string) int64 {
	t.Helper()
	var total resource.Quantity
	for _, text := range texts {
		q, err := resource.ParseQuantity(text)
		if err != nil {
			t.Fatal(err)
		}
		total.Add(q)
	}
	return total.MilliValue()
}
