package e2e

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fargate-webhook/review"
	"fargate-webhook/test/cluster/install"
)

// The ways past a webhook that people find, and what is red when one of them is open:
//
//	ephemeral containers                   TestDebuggedPods; fargate TestRunningPods, TestEphemeralRatchet
//	resize                                 TestBypassLater
//	Service type by UPDATE                 TestUpdates; by every type of patch, and a Service that PUT creates: TestBypassUpdates
//	DaemonSet by UPDATE                    TestUpdates (affinity), TestBypassUpdates (opt-out taken back)
//	server-side apply                      TestBypassWays; Service and DaemonSet: TestExamplesRefused
//	dry-run                                TestBypassWays; other kinds: TestDryRun
//	generateName                           TestBypassWays; pods that controllers make: TestAuditLog
//	namespace in the request only          TestBypassWays; webhook/testdata/*/*namespace-of-the-request-counts
//	older API versions                     TestBypassVersions; webhook TestReviewOfSomethingElse
//	labels changed after admission         TestBypassLater; fargate TestLabelledLater
//	webhooks that run after ours           TestBypassMutators; after EKS's, so that it is claimed already: fargate TestJustClaimed
//	preset nodeName, schedulerName         TestBypassPods
//	spelling of capabilities               TestBypassPods; fargate TestCapabilitySpelling
//	Lists                                  TestBypassList
//	hostPort of init containers            TestBypassPods
//	ports that hostNetwork fills in        TestBypassPods: one finding (S35)
//	pods of Jobs made by hand of CronJobs  TestBypassJobs: the Job has an owner and is not judged, its pods are
//	node selectors of gated pods           TestBypassLater; webhook/testdata/validate/pod-gated-*: they may be changed until no gate is left
//	what only looks like the opt-out       TestBypassPods
//	namespaces made later, by wildcard     every test: no profile of the tests names one of theirs in full
//
// No doors are:
//
//   - `kubectl replace --force`, which deletes and creates, and `kubectl rollout undo`, which patches: they are judged as that.
//   - pods/binding: it takes a pod that was judged to a node. pods/eviction deletes. pods/status and scale have no pod template.
//   - PodTemplates and ControllerRevisions: no pod is made of them but by a workload whose pods are judged.
//   - UPDATE of a pod that has no gate: the API server lets nothing be changed in it that a rule looks at. Of ephemeral containers when a
//     pod is created it says the same.
//   - A pod that says that it is a DaemonSet's: EKS doesn't claim it either (F2.9). One that says that it is the mirror of a static pod
//     has to name its node, and then no scheduler sees it (S33).

// privilegedPod is one that Fargate can't run. Like all manifests here it names no namespace.
const privilegedPod = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "door"},
  "spec": {"containers": [{"name": "app", "image": "app", "securityContext": {"privileged": true}}]}}`

// TestBypassWays: however a privileged pod comes, it is refused, nothing stays behind, and the
// audit log has it.
func TestBypassWays(t *testing.T) {
	c, webhook := withWebhookForSubtests(t)
	generated := strings.Replace(privilegedPod, `"name": "door"`, `"generateName": "door-"`, 1)
	for name, way := range map[string]struct {
		stdin string
		args  []string
		audit func(*auditLine) bool
	}{
		"create":            {privilegedPod, []string{"create", "-f", "-"}, func(l *auditLine) bool { return l.Name == "door" && !l.DryRun }},
		"generateName":      {generated, []string{"create", "-f", "-"}, func(l *auditLine) bool { return l.GenerateName == "door-" && !l.DryRun }},
		"dry-run":           {privilegedPod, []string{"create", "--dry-run=server", "-f", "-"}, func(l *auditLine) bool { return l.Name == "door" && l.DryRun }},
		"server-side apply": {privilegedPod, []string{"apply", "--server-side", "-f", "-"}, func(l *auditLine) bool { return l.Name == "door" && l.Operation == "CREATE" }},
		"client-side apply": {privilegedPod, []string{"apply", "-f", "-"}, func(l *auditLine) bool { return l.Name == "door" }},
		// kubectl writes the namespace of -n into what it sends, but for this.
		"raw": {privilegedPod, []string{"create", "--raw", "/api/v1/namespaces/NAMESPACE/pods", "-f", "-"}, func(l *auditLine) bool { return l.Name == "door" }},
		"run": {"", []string{"run", "door", "--image=app", "--labels=app=door", "--privileged"}, func(l *auditLine) bool { return l.Name == "door" }},
	} {
		t.Run(name, func(t *testing.T) {
			inParallel(t)
			namespace := newNamespace(t, c, "all-", nil)
			args := []string{"-n", namespace}
			for _, arg := range way.args {
				args = append(args, strings.Replace(arg, "NAMESPACE", namespace, 1))
			}
			mustRefuse(t, kubectl(t, c, way.stdin, args...), "pods.validate.fargate-webhook", "privileged: container ", optOut)
			if out := mustKubectl(t, c, "", "-n", namespace, "get", "pods", "-o", "name"); out != "" {
				t.Errorf("left behind: %s", out)
			}
			checkRefusedFor(t, webhook, namespace, "privileged")
			if line := awaitAudit(t, webhook, namespace, 1)[0]; !way.audit(&line) {
				t.Errorf("the audit line is %+v", line)
			}
		})
	}
}

// checkRefusedFor checks that the audit log has one refusal in a namespace, which is of a pod and
// for these rules.
func checkRefusedFor(t *testing.T, webhook *install.Webhook, namespace string, rules ...string) {
	t.Helper()
	lines := awaitAudit(t, webhook, namespace, 1)
	var got []string
	for _, finding := range lines[0].Findings {
		got = append(got, finding.Rule)
	}
	if len(lines) != 1 || lines[0].Event != "refused" || lines[0].Resource != "pods" || strings.Join(got, " ") != strings.Join(rules, " ") {
		t.Errorf("the audit log has %+v; want one refusal of a pod, for %v", lines, rules)
	}
}

// TestBypassJobs: a Job that is made of a CronJob by hand belongs to that, so that it is not
// judged, but its pod is.
func TestBypassJobs(t *testing.T) {
	c, webhook := withWebhook(t)
	namespace := newNamespace(t, c, "all-", nil)
	apply(t, c, namespace, `{apiVersion: batch/v1, kind: CronJob, metadata: {name: door}, spec: {schedule: 0 3 1 1 *, jobTemplate: {spec: {template: {spec:
  {restartPolicy: Never, containers: [{name: app, image: app, securityContext: {privileged: true}}]}}}}}}`)
	mustKubectl(t, c, "", "-n", namespace, "create", "job", "by-hand", "--from=cronjob/door")
	if line := awaitAudit(t, webhook, namespace, 1)[0]; line.Owner != "Job/by-hand" || line.Findings[0].Rule != "privileged" {
		t.Errorf("the audit line is %+v", line)
	}
	if out := mustKubectl(t, c, "", "-n", namespace, "get", "pods", "-o", "name"); out != "" {
		t.Errorf("a pod was made: %s", out)
	}
}

// TestBypassList: of a List, what is wrong is refused and what is fine is created, and review says
// the same.
func TestBypassList(t *testing.T) {
	c, webhook := withWebhook(t)
	namespace := newNamespace(t, c, "all-", nil)
	list := `{"apiVersion": "v1", "kind": "List", "items": [` + privilegedPod + `, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "fine"},
  "spec": {"containers": [{"name": "app", "image": "app"}]}}]}`
	// To validate a List, kubectl asks for all of OpenAPI v2, which the API server then computes.
	mustRefuse(t, kubectl(t, c, list, "-n", namespace, "apply", "--validate=ignore", "-f", "-"), "privileged:")
	if out := mustKubectl(t, c, "", "-n", namespace, "get", "pods", "-o", "name"); out != "pod/fine\n" {
		t.Errorf("created: %q", out)
	}
	checkRefusedFor(t, webhook, namespace, "privileged")

	command := exec.CommandContext(t.Context(), built.path(), append([]string{"review", "-f", "-", "-o", "json", "-n", namespace}, profilesArgs(t)...)...)
	command.Stdin = strings.NewReader(list)
	out, err := command.Output()
	if code := command.ProcessState.ExitCode(); code != 1 {
		t.Fatalf("%s review: exit code %d, want 1: %v", filepath.Base(command.Path), code, err)
	}
	var report review.Report
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Items) != 2 || report.Items[0].Result != review.ResultDeny || report.Items[0].Name != "door" || report.Items[1].Result != review.ResultChange {
		t.Errorf("review says %+v", report.Items)
	}
}
