package doctor

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/lint"
	"fargate-webhook/profiles"
	"fargate-webhook/webhook/registration"
)

// In a good cluster every check passes.
func TestGoodCluster(t *testing.T) {
	results := Run(good(t))
	for _, r := range results {
		if r.Status != Pass || r.Fix != "" {
			t.Errorf("%s: %s %s", r.Check, r.Status, r.Message)
		}
	}
	if len(results) != len(checks) {
		t.Errorf("%d results of %d checks", len(results), len(checks))
	}
}

// Each check finds what it is about, and says what to do.
func TestChecksFind(t *testing.T) {
	for name, c := range map[string]struct {
		sabotage func(t *testing.T, s *State)
		check    string
		want     Status
		message  string
	}{
		"old version":   {func(_ *testing.T, s *State) { s.ServerVersion.Value = "v1.30.4" }, "kubernetes-version", Fail, "doesn't support Kubernetes 1.30"},
		"ended support": {func(_ *testing.T, s *State) { s.ServerVersion.Value = "v1.31.4-eks-1" }, "kubernetes-version", Fail, "ended on 2026-11-26"},
		"extended":      {func(_ *testing.T, s *State) { s.ServerVersion.Value = "v1.33.0" }, "kubernetes-version", Warn, "extended support, which costs more, until 2027-07-29"},
		"newer version": {func(_ *testing.T, s *State) { s.ServerVersion.Value = "v1.99.0" }, "kubernetes-version", Pass, "newer than this program's list of 2026-11"},
		"not a version": {func(_ *testing.T, s *State) { s.ServerVersion.Value = "x" }, "kubernetes-version", Skip, `"x"`},
		"other release": {func(_ *testing.T, s *State) { s.Version = "v2.0.0" }, "webhook-version", Warn, "runs v1.2.3, this program is v2.0.0"},
		"by digest":     {func(_ *testing.T, s *State) { s.Webhook.Value.Spec.Template.Spec.Containers[0].Image = "a@sha256:0" }, "webhook-version", Skip, "can't be compared"},
		"no deployment": {func(_ *testing.T, s *State) { s.Webhook.Value = nil }, "webhook-version", Skip, "no Deployment"},
		"no profile":    {func(_ *testing.T, s *State) { s.Profiles = nil }, "profiles", Fail, "no Fargate profile is ACTIVE"},
		"none active": {func(_ *testing.T, s *State) {
			s.Profiles = []profiles.Profile{{Name: "a", Status: profiles.StatusCreating}}
		}, "profiles", Fail, "there are 1"},
		"equally near": {equallyNear, "profiles", Warn, `Fargate profile "apps": in namespace apps a pod that sets none of the labels that profiles ask for there is as near to it as to "apps-2" (pool: two)`},
		"a problem": {func(_ *testing.T, s *State) {
			s.ProfileProblems = []profiles.Problem{{Profile: "a", Selector: -1, Text: "it is odd"}}
		}, "profiles", Warn, "it is odd"},
		"own pods":       {func(_ *testing.T, s *State) { s.Profiles = s.Profiles[:2] }, "profiles", Fail, "the webhook's own pods don't run there"},
		"no EKS webhook": {func(_ *testing.T, s *State) { s.Mutating.Value = s.Mutating.Value[:1] }, "order", Fail, "EKS claims no pod"},
		"renamed":        {func(_ *testing.T, s *State) { s.Mutating.Value[0].Name = "0600-fargate-webhook" }, "order", Fail, "0600-fargate-webhook sorts after 0500-"},
		"renamed too":    {func(_ *testing.T, s *State) { s.Mutating.Value[0].Name = "0600-fargate-webhook" }, "registration", Fail, "not registered: MutatingWebhookConfiguration 0400-"},
		"deleted":        {func(_ *testing.T, s *State) { s.Mutating.Value = s.Mutating.Value[1:] }, "order", Skip, "see the check registration"},
		"deleted too":    {func(_ *testing.T, s *State) { s.Validating.Value = nil }, "registration", Fail, "ValidatingWebhookConfiguration fargate-webhook"},
		"failure policy": {func(_ *testing.T, s *State) { ignore(&s.Mutating.Value[0]) }, "registration", Fail, "webhooks[pods.mutate.fargate-webhook].failurePolicy"},
		"selector":       {selectsElsewhere, "registration", Fail, "webhooks[pods.mutate.fargate-webhook].namespaceSelector"},
		"other scope":    {func(_ *testing.T, s *State) { s.Profiles = s.Profiles[1:] }, "registration", Fail, ".matchConditions"},
		"unreached":      {unreached, "registration", Warn, "failurePolicy Ignore and a timeout of 1s"},
		"no bundle":      {func(_ *testing.T, s *State) { s.Mutating.Value[0].Webhooks[0].ClientConfig.CABundle = nil }, "ca", Fail, "it is empty"},
		"not PEM":        {func(_ *testing.T, s *State) { s.Mutating.Value[0].Webhooks[0].ClientConfig.CABundle = []byte("x") }, "ca", Fail, "no certificate in PEM format"},
		"other CA":       {otherCA, "ca", Fail, "differs from that of the other webhooks"},
		"expired CA":     {expires(-time.Hour), "ca", Fail, "it expired on 2026-11-27"},
		"expiring CA":    {expires(time.Hour), "ca", Warn, "the CA expires on 2026-11-27"},
		"refused":        {func(_ *testing.T, s *State) { s.Probe.Value = "x509: unknown authority" }, "ca", Fail, "doesn't accept the serving certificate"},
		"no probe":       {func(_ *testing.T, s *State) { s.Probe.Value = "connection refused" }, "reachability", Fail, "connection refused"},
		"no endpoint":    {func(_ *testing.T, s *State) { s.Endpoints.Value[0].Endpoints[0].Conditions.Ready = new(false) }, "reachability", Fail, "Service fargate-webhook/fargate-webhook has no ready endpoint"},
		"no lease":       {func(_ *testing.T, s *State) { s.Lease.Value = nil }, "leader", Fail, "no replica holds the Lease"},
		"stale lease":    {func(_ *testing.T, s *State) { s.Lease.Value.Spec.RenewTime.Time = now.Add(-time.Minute) }, "leader", Fail, "last renewed the Lease 1m0s ago"},
		"no renewal":     {func(_ *testing.T, s *State) { s.Lease.Value.Spec.RenewTime = nil }, "leader", Fail, "without renewing it"},
		"no election": {func(_ *testing.T, s *State) {
			s.Webhook.Value = deployment("a", "b", nil, "--leader-elect=false")
			s.Lease.Value = nil
		}, "leader", Skip, "--leader-elect=false"},
		"rights":         {func(_ *testing.T, s *State) { s.Lacks.Value = []string{"a", "b", "c", "d", "e", "f"} }, "rights", Fail, "may not a; b; c; d; e and 1 more"},
		"no label":       {func(_ *testing.T, s *State) { delete(s.Answer.Value.Pod.Labels, "run") }, "admission", Fail, "without run=on-fargate: the webhook doesn't add labels"},
		"label conflict": {conflict, "admission", Warn, "which the webhook withholds"},
		"not claimed":    {func(_ *testing.T, s *State) { s.Answer.Value.Pod.Spec.SchedulerName = "default-scheduler" }, "admission", Fail, "EKS doesn't claim it"},
		"other profile":  {func(_ *testing.T, s *State) { s.Answer.Value.Pod.Labels["eks.amazonaws.com/fargate-profile"] = "x" }, "admission", Warn, `"x" instead of "apps"`},
		"no dry run": {func(_ *testing.T, s *State) {
			s.Answer.Value.Refused = `admission webhook "x" does not support dry run`
		}, "admission", Warn, "doesn't support dry runs"},
		"quota":       {func(_ *testing.T, s *State) { s.Answer.Value.Refused = "exceeded quota" }, "admission", Warn, "not proven"},
		"no trial":    {func(_ *testing.T, s *State) { s.Trial = nil }, "admission", Skip, "no profile selects"},
		"opted out":   {optOut, "coredns", Fail, "keeps CoreDNS off Fargate"},
		"unselected":  {func(_ *testing.T, s *State) { s.CoreDNS.Value.Spec.Template.Labels = nil }, "coredns", Fail, "no profile takes CoreDNS"},
		"unavailable": {func(_ *testing.T, s *State) { s.CoreDNS.Value.Status.AvailableReplicas = 0 }, "coredns", Fail, "none of its pods is available"},
		"no CoreDNS":  {func(_ *testing.T, s *State) { s.CoreDNS.Value = nil }, "coredns", Skip, "no Deployment coredns"},
		"on nodes":    {func(_ *testing.T, s *State) { optOut(nil, s); s.Nodes.Value[0].Labels = nil }, "coredns", Pass, "other nodes"},
		"no region": {func(_ *testing.T, s *State) {
			s.Controllers.Value[0].Spec.Template.Spec.Containers[0].Args = []string{"--aws-vpc-id", "v"}
		}, "load-balancer-controller", Fail, "without --aws-region"},
		"kubelet port":   {kubeletPort, "load-balancer-controller", Fail, "listens on port 10250 (--webhook-bind-port)"},
		"LBC is down":    {func(_ *testing.T, s *State) { s.Controllers.Value[0].Status.AvailableReplicas = 0 }, "load-balancer-controller", Fail, "no available pod"},
		"no LBC":         {func(_ *testing.T, s *State) { s.Controllers.Value = nil }, "load-balancer-controller", Skip, "not installed"},
		"DaemonSet":      {onFargate, "daemonsets", Fail, "DaemonSet apps/agent: "},
		"tolerates":      {tolerates, "daemonsets", Warn, "DaemonSet monitoring/agent: "},
		"places none":    {placesNone, "daemonsets", Warn, "DaemonSet monitoring/agent gets no pod"},
		"log label":      {func(_ *testing.T, s *State) { s.Namespaces.Value[0].Labels = nil }, "logging", Fail, "lacks the label aws-observability: enabled"},
		"long log":       {func(_ *testing.T, s *State) { s.Logging.Value.Data["x"] = strings.Repeat("x", 5300) }, "logging", Fail, "more than 5300 characters"},
		"no logging":     {func(_ *testing.T, s *State) { s.Logging.Value = nil }, "logging", Skip, "EKS ships no logs"},
		"denied":         {func(_ *testing.T, s *State) { s.Nodes = Read[[]corev1.Node]{Denied: "list nodes"} }, "access", Warn, "you may not list nodes"},
		"denied too":     {func(_ *testing.T, s *State) { s.Nodes = Read[[]corev1.Node]{Denied: "list nodes"} }, "coredns", Skip, "you may not list nodes"},
		"request failed": {func(_ *testing.T, s *State) { s.Lease = Read[*coordinationv1.Lease]{Failed: "connection refused"} }, "leader", Fail, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			s := good(t)
			c.sabotage(t, s)
			i := slices.IndexFunc(Run(s), func(r Result) bool {
				return r.Check == c.check && r.Status == c.want && strings.Contains(r.Message, c.message)
			})
			if i < 0 {
				t.Fatalf("want %s of %s with %q in\n%s", c.want, c.check, c.message, messages(t, Run(s)))
			}
			if r := Run(s)[i]; (r.Fix == "") != (r.Status == Pass || r.Status == Skip && !strings.HasPrefix(r.Message, "not checked")) {
				t.Errorf("%s %s with the fix %q", r.Status, r.Message, r.Fix)
			}
		})
	}
}

func equallyNear(_ *testing.T, s *State) {
	s.Profiles = append(s.Profiles, fargatetest.Profile("apps-2", fargatetest.Selects("apps", "pool", "two")))
	s.ProfileProblems = lint.WithoutNotes(lint.Problems(s.Profiles, s.Policy))
}

func ignore(c *admissionv1.MutatingWebhookConfiguration) {
	c.Webhooks[0].FailurePolicy = new(admissionv1.Ignore)
}

func selectsElsewhere(_ *testing.T, s *State) {
	s.Mutating.Value[0].Webhooks[0].NamespaceSelector.MatchLabels = map[string]string{"team": "x"}
}

func unreached(t *testing.T, s *State) {
	t.Helper()
	register(t, s, func(o *registration.Options) { o.Unreached = true })
}

func otherCA(t *testing.T, s *State) {
	t.Helper()
	s.Mutating.Value[0].Webhooks[0].ClientConfig.CABundle = certificate(t, now.Add(10000*time.Hour))
}

// expires registers a CA that is valid until a time from now.
func expires(in time.Duration) func(*testing.T, *State) {
	return func(t *testing.T, s *State) { t.Helper(); everywhere(s, certificate(t, now.Add(in))) }
}

func everywhere(s *State, ca []byte) {
	for i := range s.Mutating.Value[0].Webhooks {
		s.Mutating.Value[0].Webhooks[i].ClientConfig.CABundle = ca
	}
	for j := range s.Validating.Value {
		for i := range s.Validating.Value[j].Webhooks {
			s.Validating.Value[j].Webhooks[i].ClientConfig.CABundle = ca
		}
	}
}

func conflict(_ *testing.T, s *State) {
	delete(s.Answer.Value.Pod.Labels, "run")
	s.Answer.Value.Warnings = []string{"[not-injected] metadata.labels: the labels are not added"}
}

func optOut(_ *testing.T, s *State) {
	s.CoreDNS.Value.Spec.Template.Annotations = map[string]string{"eks.amazonaws.com/compute-type": "ec2"}
}

func kubeletPort(_ *testing.T, s *State) {
	c := &s.Controllers.Value[0].Spec.Template.Spec.Containers[0]
	c.Args = append(c.Args, "--webhook-bind-port=10250")
}

func onFargate(_ *testing.T, s *State) {
	s.DaemonSets.Value = []appsv1.DaemonSet{*daemonSet("apps", "agent", func(d *appsv1.DaemonSet) {
		d.Spec.Template.Labels = map[string]string{"run": "on-fargate"}
	})}
}

func tolerates(_ *testing.T, s *State) {
	s.DaemonSets.Value = []appsv1.DaemonSet{*daemonSet("monitoring", "agent", func(d *appsv1.DaemonSet) {
		d.Spec.Template.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}}
	})}
}

func placesNone(_ *testing.T, s *State) {
	s.DaemonSets.Value = []appsv1.DaemonSet{
		*daemonSet("monitoring", "agent", func(d *appsv1.DaemonSet) { d.Status.DesiredNumberScheduled = 0 }),
		*daemonSet("kube-system", "kube-proxy", func(d *appsv1.DaemonSet) { d.Status.DesiredNumberScheduled = 0 }),
	}
}

// Every check says what it checks, and has an ID of its own.
func TestChecksAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Checks() {
		if c.ID == "" || c.Title == "" || len(c.What) < 40 || seen[c.ID] {
			t.Errorf("check %q: title %q, %q", c.ID, c.Title, c.What)
		}
		seen[c.ID] = true
	}
}

// A state of which nothing could be read fails nothing that wasn't seen to fail, and crashes nothing.
func TestNothingMayBeRead(t *testing.T) {
	s := good(t)
	s.Trial = nil
	denied := "do that"
	s.ServerVersion.Denied, s.Served.Denied, s.Mutating.Denied, s.Validating.Denied, s.Webhook.Denied = denied, denied, denied, denied, denied
	s.Endpoints.Denied, s.Lease.Denied, s.Probe.Denied, s.Lacks.Denied, s.Namespaces.Denied = denied, denied, denied, denied, denied
	s.Nodes.Denied, s.DaemonSets.Denied, s.CoreDNS.Denied, s.Controllers.Denied, s.Logging.Denied = denied, denied, denied, denied, denied
	for _, r := range Run(s) {
		if r.Status == Fail || r.Status == Pass && r.Check != "profiles" {
			t.Errorf("%s: %s %s", r.Check, r.Status, r.Message)
		}
	}
}

// An empty state doesn't panic.
func TestEmptyState(t *testing.T) {
	s := good(t)
	Run(&State{Policy: s.Policy})
}

// The JSON of a report has the results and their number.
func TestReportJSON(t *testing.T) {
	var out strings.Builder
	report := NewReport([]Result{{Check: "ca", Status: Fail, Message: "m", Fix: "f", Facts: []string{"F1.1"}}, {Check: "order", Status: Pass, Message: "<ok>"}})
	if err := report.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var compact strings.Builder
	if err := json.Unmarshal([]byte(out.String()), &map[string]any{}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		compact.WriteString(strings.TrimSpace(line))
	}
	want := `{"results": [{"check": "ca","status": "fail","message": "m","fix": "f","facts": ["F1.1"]},{"check": "order","status": "pass","message": "<ok>"}],` +
		`"summary": {"fail": 1,"pass": 1,"skip": 0,"warn": 0}}`
	if compact.String() != want {
		t.Errorf("got %s, want %s", compact.String(), want)
	}
}

// The page names every check, and no other.
func TestPageNamesTheChecks(t *testing.T) {
	page, err := os.ReadFile("../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for line := range strings.Lines(string(page)) {
		if id, _, ok := strings.Cut(strings.TrimPrefix(line, "| `"), "` | "); ok && strings.HasPrefix(line, "| `") && !strings.Contains(id, "results") {
			named = append(named, id)
		}
	}
	for i, c := range Checks() {
		if i >= len(named) || named[i] != c.ID {
			t.Fatalf("the page names %v; the check after %d is %s", named, i, c.ID)
		}
	}
}
