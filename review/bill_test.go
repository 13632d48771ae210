package review_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"fargate-webhook/bill"
	"fargate-webhook/kinds/custom"
	"fargate-webhook/policy"
	"fargate-webhook/review"
)

// withPrices returns a reviewer that knows the list prices of us-east-1.
func withPrices(tb testing.TB) *review.Reviewer {
	tb.Helper()
	r := newReviewer(tb)
	prices, ok := bill.In("us-east-1")
	if !ok {
		tb.Fatal("no prices")
	}
	r.Prices = &prices
	return r
}

// billed returns the report of manifests, with what they cost.
func billed(t *testing.T, r *review.Reviewer, manifests string) review.Report {
	t.Helper()
	report, problems := r.Paths([]string{"-"}, false, strings.NewReader(manifests))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return report
}

// The bills of a Deployment, an autoscaled one with a sidecar, a CronJob, a Job without an end, and
// of pods that cost nothing here. UPDATE=1 rewrites them.
func TestBills(t *testing.T) {
	manifests, err := os.ReadFile("testdata/bills/manifests.yaml")
	if err != nil {
		t.Fatal(err)
	}
	report := billed(t, withPrices(t), string(manifests))
	type item struct {
		Kind, Name string
		Bill       *review.Bill
	}
	var out struct {
		Items []item
		Bill  *review.BillTotal
		Text  []string
	}
	for i := range report.Items {
		out.Items = append(out.Items, item{report.Items[i].Kind, report.Items[i].Name, report.Items[i].Bill})
		out.Text = append(out.Text, report.Items[i].Bill.Lines()...)
	}
	out.Bill, out.Text = report.Bill, append(out.Text, report.Bill.Line())
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(out); err != nil {
		t.Fatal(err)
	}
	compareWithFile(t, "testdata/bills/want.json", got.Bytes())
}

// How much the pods of an object run.
func TestPodsOfObjects(t *testing.T) {
	const (
		meta     = "metadata: {name: web, namespace: default}"
		template = "selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web, run: on-fargate}}, spec: {containers: [{name: a, image: a, resources: {requests: {cpu: 250m, memory: 256Mi}}}]}}"
		job      = "template: {metadata: {labels: {run: on-fargate}}, spec: {restartPolicy: Never, containers: [{name: a, image: a, resources: {requests: {cpu: 250m, memory: 256Mi}}}]}}"
		pod      = "containers: [{name: a, image: a, resources: {requests: {cpu: 250m, memory: 256Mi}}}]"
		hpa      = "\n---\n{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, " + meta + ", spec: {scaleTargetRef: {apiVersion: apps/v1, kind: "
		scaled   = "\n---\n{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, " + meta + ", spec: {triggers: [{type: kafka, metadata: {}}], scaleTargetRef: {name: web}"
	)
	deployment := func(spec string) string {
		return "{apiVersion: apps/v1, kind: Deployment, " + meta + ", spec: {" + spec + template + "}}"
	}
	batch := func(spec string) string {
		return "{apiVersion: batch/v1, kind: Job, " + meta + ", spec: {" + spec + job + "}}"
	}
	cron := func(spec, ofJob string) string {
		return "{apiVersion: batch/v1, kind: CronJob, " + meta + ", spec: {" + spec + ", jobTemplate: {spec: {" + ofJob + job + "}}}}"
	}
	ownPod := func(labels string) string {
		return "\n---\n{apiVersion: v1, kind: Pod, metadata: {name: web-1-a, namespace: default, labels: {" + labels + "}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, uid: u, controller: true}]}, spec: {" + pod + "}}"
	}
	groups := func(spec string) string {
		template := "{metadata: {labels: {run: on-fargate}}, spec: {" + pod + "}}"
		return "{apiVersion: leaderworkerset.x-k8s.io/v1, kind: LeaderWorkerSet, " + meta + ", spec: {" + strings.ReplaceAll(spec, "TEMPLATE", template) + "}}"
	}
	for name, c := range map[string]struct{ manifests, want string }{
		"a Deployment":           {deployment(""), "1 9.01"},
		"replicas":               {deployment("replicas: 3, "), "3 27.03"},
		"none":                   {deployment("replicas: 0, "), "0 0.00"},
		"a StatefulSet":          {"{apiVersion: apps/v1, kind: StatefulSet, " + meta + ", spec: {replicas: 2, " + template + "}}", "2 18.02"},
		"a ReplicaSet":           {"{apiVersion: apps/v1, kind: ReplicaSet, " + meta + ", spec: {replicas: 2, " + template + "}}", "2 18.02"},
		"a controller":           {"{apiVersion: v1, kind: ReplicationController, " + meta + ", spec: {replicas: 2, " + strings.Replace(template, "{matchLabels: {app: web}}", "{app: web}", 1) + "}}", "2 18.02"},
		"autoscaled":             {deployment("replicas: 5, ") + hpa + "Deployment, name: web}, minReplicas: 2, maxReplicas: 4}}", "2..4 18.02..36.04"},
		"autoscaled, by v1":      {deployment("") + strings.Replace(hpa, "/v2", "/v1", 1) + "Deployment, name: web}, maxReplicas: 2}}", "1..2 9.01..18.02"},
		"not by that one":        {deployment("") + hpa + "StatefulSet, name: web}, maxReplicas: 2}}", "1 9.01"},
		"an autoscaler, stopped": {deployment("replicas: 0, ") + hpa + "Deployment, name: web}, maxReplicas: 2}}", "0 0.00"},
		"KEDA":                   {deployment("") + scaled + ", minReplicaCount: 1, maxReplicaCount: 3}}", "1..3 9.01..27.03"},
		"KEDA, idle":             {deployment("") + scaled + ", minReplicaCount: 2, idleReplicaCount: 0, maxReplicaCount: 3}}", "0..3 0.00..27.03"},
		"KEDA, by default":       {deployment("") + scaled + "}}", "0..100 0.00..901.00"},
		"a pod":                  {"{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {run: on-fargate}}, spec: {" + pod + "}}", "1 9.01"},
		"a pod that ends":        {"{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {run: on-fargate}}, spec: {activeDeadlineSeconds: 360000, " + pod + "}}", "0..1 0.00..1.23"},
		"a Job":                  {batch("activeDeadlineSeconds: 360000, "), "0..7 0.00..8.64"},
		"a Job without an end":   {batch(""), "0..7 0.00..?"},
		"a Job of 100 pods":      {batch("completions: 100, parallelism: 10, activeDeadlineSeconds: 360000, "), "0..106 0.02..130.83"},
		"a work queue":           {batch("parallelism: 10, activeDeadlineSeconds: 360000, "), "0..16 0.00..19.75"},
		"a suspended Job":        {batch("suspend: true, "), "0 0.00"},
		"a CronJob":              {cron(`schedule: "0 * * * *"`, "activeDeadlineSeconds: 1800, "), "0..35 0.15..283.82"},
		"without retries":        {cron(`schedule: "0 * * * *"`, "backoffLimit: 0, activeDeadlineSeconds: 1800, "), "0..5 0.15..40.55"},
		"without a history":      {cron(`schedule: "0 * * * *", successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 0`, "backoffLimit: 0, activeDeadlineSeconds: 1800, "), "0..1 0.15..4.51"},
		"a CronJob with a TTL":   {cron(`schedule: "0 * * * *"`, "backoffLimit: 0, ttlSecondsAfterFinished: 360000, activeDeadlineSeconds: 1800, "), "0..5 0.15..40.55"},
		"one at a time":          {cron(`schedule: "0 * * * *", concurrencyPolicy: Forbid`, "activeDeadlineSeconds: 36000, "), "0..35 0.15..315.35"},
		"a suspended CronJob":    {cron(`schedule: "0 * * * *", suspend: true`, ""), "0 0.00"},
		"a broken schedule":      {cron(`schedule: "hourly"`, "activeDeadlineSeconds: 1, "), "0 0.00..?"},
		"a Rollout":              {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, " + meta + ", spec: {replicas: 3, " + template + "}}", "3 27.03"},
		"a Rollout, autoscaled":  {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, " + meta + ", spec: {" + template + "}}" + strings.Replace(hpa, "apps/v1", "argoproj.io/v1alpha1", 1) + "Rollout, name: web}, maxReplicas: 2}}", "1..2 9.01..18.02"},
		"a Rollout, by default":  {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, " + meta + ", spec: {" + template + "}}", "1 9.01"},
		"a CloneSet":             {"{apiVersion: apps.kruise.io/v1alpha1, kind: CloneSet, " + meta + ", spec: {" + template + "}}", "1 9.01"},
		"kruise's StatefulSet":   {"{apiVersion: apps.kruise.io/v1beta1, kind: StatefulSet, " + meta + ", spec: {" + template + "}}", "1 9.01"},
		"who knows":              {"{apiVersion: example.com/v1, kind: Widget, " + meta + ", spec: {replicas: 3, " + template + "}}", "0 0.00..?"},
		"a Deployment's own pod": {deployment("replicas: 2, ") + ownPod("app: web, run: on-fargate"), "2 18.02"},
		"another pod of a set":   {deployment("replicas: 2, ") + ownPod("app: other, run: on-fargate"), "2 18.02, 1 9.01"},
		"groups":                 {groups("replicas: 2, leaderWorkerTemplate: {size: 4, leaderTemplate: TEMPLATE, workerTemplate: TEMPLATE}"), "2 18.02, 6 54.06"},
		"groups without leaders": {groups("replicas: 2, leaderWorkerTemplate: {size: 4, workerTemplate: TEMPLATE}"), "8 72.08"},
		"groups by default":      {groups("leaderWorkerTemplate: {workerTemplate: TEMPLATE}"), "1 9.01"},
		"groups, autoscaled":     {groups("leaderWorkerTemplate: {size: 4, workerTemplate: TEMPLATE}") + strings.Replace(hpa, "apps/v1", "leaderworkerset.x-k8s.io/v1", 1) + "LeaderWorkerSet, name: web}, maxReplicas: 2}}", "4..8 36.04..72.08"},
		"a PodTemplate":          {"{apiVersion: v1, kind: PodTemplate, " + meta + ", template: {metadata: {labels: {run: on-fargate}}, spec: {" + pod + "}}}", ""},
		"a Deployment's own set": {deployment("replicas: 2, ") + "\n---\n{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web-1, namespace: default, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: u, controller: true}]}, spec: {replicas: 2, " + template + "}}", "2 18.02"},
	} {
		t.Run(name, func(t *testing.T) {
			r := withPrices(t)
			widget, err := custom.Parse("example.com/Widget=spec.template")
			if err != nil {
				t.Fatal(err)
			}
			r.PodTemplates = append(r.PodTemplates, widget)
			report := billed(t, r, c.manifests)
			var got []string
			for i := range report.Items {
				if b := report.Items[i].Bill; b != nil {
					most := "?"
					if b.Month.Most != nil {
						most = b.Month.Most.String()
					}
					got = append(got, between(number(b.Pods.Least), number(b.Pods.Most))+" "+between(b.Month.Least.String(), most))
				}
			}
			if text := strings.Join(got, ", "); text != c.want {
				t.Errorf("have %q, want %q", text, c.want)
			}
		})
	}
}

func between(least, most string) string {
	if least == most {
		return least
	}
	return least + ".." + most
}

func number(n int64) string {
	text, _ := json.Marshal(n) //nolint:errchkjson // a number always encodes
	return string(text)
}

// Waste is counted from what was requested at first, whether this admission raises it or an earlier
// one has; pods that are refused, and those of workloads, cost nothing.
func TestBillOfOriginals(t *testing.T) {
	const manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default, labels: {run: on-fargate}}\n" +
		"spec: {containers: [{name: a, image: a, resources: {requests: {cpu: 100m, memory: 100Mi}}}]}\n"
	const admitted = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"default","labels":{"run":"on-fargate"},` +
		`"managedFields":[{"manager":"kubelet","operation":"Update","apiVersion":"v1","time":"2026-11-01T00:00:00Z"}],"annotations":{"fargate-webhook/resources-applied":` +
		`"Fit x a=100m/:250m,100Mi/:256Mi"}},` +
		`"spec":{"containers":[{"name":"a","image":"a","resources":{"requests":{"cpu":"250m","memory":"256Mi"},"limits":{"cpu":"250m","memory":"256Mi"}}}]}}`
	first := billed(t, withPrices(t), manifest).Items[0].Bill
	again := billed(t, withPrices(t), admitted).Items[0].Bill
	if first == nil || again == nil || first.Waste.Least != 493 || again.Waste.Least != first.Waste.Least || again.PodMonth != 901 {
		t.Errorf("have %+v and %+v", first, again)
	}
	for _, mode := range []policy.Action{policy.Deny, policy.Warn} {
		r := withPrices(t)
		r.Policy.Workloads = mode
		refused := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: default}\nspec: {selector: {matchLabels: {run: on-fargate}}, template: {metadata: {labels: {run: on-fargate}}, spec: {hostPID: true, containers: [{name: a, image: a}]}}}\n"
		if b := billed(t, r, refused).Items[0].Bill; b != nil {
			t.Errorf("%s: pods that are refused cost %+v", mode, b)
		}
	}
}

// An annotation that only a review honours leaves pods refused, and these cost nothing.
func TestBillOfIgnoredFindings(t *testing.T) {
	const (
		ignore     = `annotations: {fargate-webhook/ignore-host-namespaces: "x"}`
		spec       = "spec: {hostNetwork: true, containers: [{name: a, image: a}]}"
		pod        = "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: default, labels: {run: on-fargate}, " + ignore + "}, " + spec + "}"
		deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: default, OWN}, spec: {selector: {matchLabels: {run: on-fargate}}, template: {metadata: {labels: {run: on-fargate}, TEMPLATE}, " + spec + "}}}"
	)
	byTemplate := strings.NewReplacer("OWN", "", "TEMPLATE", ignore).Replace(deployment)
	byItself := strings.NewReplacer("OWN", ignore, "TEMPLATE", "").Replace(deployment)
	allow := func(r *review.Reviewer) { r.Policy.IgnoreAnnotations = policy.IgnoreAdmission }
	for name, c := range map[string]struct {
		manifest string
		change   func(*review.Reviewer)
		billed   bool
	}{
		"a pod":                                {pod, nil, false},
		"a pod, by admission too":              {pod, allow, true},
		"a template":                           {byTemplate, nil, false},
		"a template, by admission too":         {byTemplate, allow, true},
		"a workload":                           {byItself, nil, false},
		"a workload, whose pods don't have it": {byItself, allow, false},
		"Observe":                              {pod, func(r *review.Reviewer) { r.Policy.Mode = policy.ModeObserve }, true},
		"an exempt namespace":                  {strings.ReplaceAll(pod, "default", "kube-system"), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := withPrices(t)
			if c.change != nil {
				c.change(r)
			}
			item := &billed(t, r, c.manifest).Items[0]
			if !item.Placement.Fargate || len(item.Ignored) != 1 || (item.Bill != nil) != c.billed || item.Ignored[0].Refused == c.billed {
				t.Errorf("on Fargate: %v, ignored %+v, bill %+v", item.Placement.Fargate, item.Ignored, item.Bill)
			}
		})
	}
}

// Prices of a pod without a container name the storage that they include.
func TestLinesWithStorage(t *testing.T) {
	const pod = "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: default, labels: {run: on-fargate}}, spec: {containers: [" +
		"{name: a, image: a, resources: {requests: {cpu: 250m, memory: 256Mi, ephemeral-storage: 100Gi}}}, {name: b, image: a, resources: {requests: {cpu: 250m, memory: 256Mi}}}]}}"
	lines := strings.Join(billed(t, withPrices(t), pod).Items[0].Bill.Lines(), "\n")
	for _, want := range []string{
		`without container "a": 0.25 vCPU / 0.5 GB, $9.01 a month instead of `,
		`without container "b": 0.25 vCPU / 0.5 GB and 95 GB of storage, $16.71 a month instead of `,
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("%q is not in\n%s", want, lines)
		}
	}
}

// The table says what a bill rests on, such as that the number of pods isn't known.
func TestNotesOfBill(t *testing.T) {
	const set = "{apiVersion: apps.openshift.io/v1, kind: DeploymentConfig, metadata: {name: a, namespace: default}, spec: {template: {metadata: {labels: {run: on-fargate}}, spec: {containers: [{name: a, image: a}]}}}}"
	lines := billed(t, withPrices(t), set).Items[0].Bill.Lines()
	if want := "how many pods a DeploymentConfig makes, and how long they run, isn't known: none are counted"; len(lines) != 1 || lines[0] != want {
		t.Errorf("have %q, want %q", lines, want)
	}
}

// What is said of finished pods fits the object: only a Job has ttlSecondsAfterFinished, and Helm
// deletes a hook that has succeeded.
func TestNotesOfFinishedPods(t *testing.T) {
	const (
		spec = "restartPolicy: Never, activeDeadlineSeconds: 60, containers: [{name: a, image: a}]"
		job  = "{apiVersion: batch/v1, kind: Job, metadata: {name: a, namespace: default%s}, spec: {template: {metadata: {labels: {run: on-fargate}}, spec: {" + spec + "}}}}"
		pod  = "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: default, labels: {run: on-fargate}%s}, spec: {" + spec + "}}"
		hook = ", annotations: {helm.sh/hook: post-install, helm.sh/hook-delete-policy: hook-succeeded}"
		kept = "finished pods are billed until they are deleted, which isn't counted: "
	)
	for name, c := range map[string]struct{ manifest, annotations, want string }{
		"a Job":         {job, "", kept + "set ttlSecondsAfterFinished"},
		"a hook":        {job, hook, ""},
		"a pod":         {pod, "", kept + "delete the pod when it has finished, or run it by a Job with ttlSecondsAfterFinished"},
		"a pod, a hook": {pod, hook, ""},
	} {
		notes := billed(t, withPrices(t), fmt.Sprintf(c.manifest, c.annotations)).Items[0].Bill.Notes
		if got := strings.Join(notes, "; "); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, c.want)
		}
	}
}

// Without prices there are no bills, and without pods on Fargate there is no line.
func TestNoBill(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default, labels: {run: on-fargate}}\nspec: {containers: [{name: a, image: a}]}\n"
	if report := billed(t, newReviewer(t), pod); report.Bill != nil || report.Items[0].Bill != nil || report.Bill.Line() != "" || report.Items[0].Bill.Lines() != nil {
		t.Errorf("a bill without prices: %+v", report.Bill)
	}
	if report := billed(t, withPrices(t), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"); report.Bill == nil || report.Bill.Line() != "" {
		t.Errorf("no bill, or a line without pods: %+v", report.Bill)
	}
}

// What each namespace and profile costs is said where there are several.
func TestParts(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: %s, labels: {run: on-fargate}}\nspec: {containers: [{name: a, image: a, resources: {requests: {cpu: %s}}}]}\n"
	one := fmt.Sprintf(pod, "default", "250m")
	if parts := billed(t, withPrices(t), one).Bill.Parts(); parts != nil {
		t.Errorf("got %q", parts)
	}
	two := billed(t, withPrices(t), one+"---\n"+fmt.Sprintf(pod, "apps", "1")).Bill.Parts()
	if len(two) == 0 || !strings.HasPrefix(two[0], "by namespace: apps $") || !strings.Contains(two[0], ", default $") {
		t.Errorf("got %q", two)
	}
}
