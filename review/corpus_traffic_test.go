package review_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fargate-webhook/fargate"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

// TestCorpusTraffic holds the judgement of all that leads traffic to pods, and
// of all DaemonSets, in the corpus. UPDATE=1 writes it anew.
func TestCorpusTraffic(t *testing.T) {
	apps := reviewCorpus(t)
	var rows []string
	for _, app := range slices.Sorted(maps.Keys(apps)) {
		for i := range apps[app] {
			item := &apps[app][i]
			if slices.Contains([]string{"DaemonSet", "Service", "Ingress", "TargetGroupConfiguration"}, item.Kind) {
				rows = append(rows, trafficRow(app, item))
			}
		}
	}
	slices.Sort(rows)
	compareWithFile(t, "testdata/corpus-traffic.txt", []byte(table(
		"DaemonSets and what leads traffic to pods, where a profile selects every namespace and none is exempt.\n\n",
		[]string{"APP\tKIND\tNAME\tOUTCOME\tRULES\tFILE"}, rows)))
}

func trafficRow(app string, item *review.Item) string {
	rules := make([]string, 0, len(item.Findings))
	for _, rule := range rulesOf(item) {
		rules = append(rules, strings.ReplaceAll(rule, "\t", " "))
	}
	return strings.Join([]string{app, item.Kind, item.Name, string(item.Result), strings.Join(rules, ", "), item.Source}, "\t")
}

// TestCorpusAddOns: the DaemonSets that EKS, eksctl and AWS's documentation
// ship are never refused: not where every namespace is Fargate's and none is
// exempt, not in a mixed cluster, not under Steer (F5.2, F5.6, S10).
func TestCorpusAddOns(t *testing.T) {
	mixed := profiles.NewIndex([]profiles.Profile{{Name: "apps", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "apps"}}}})
	system := profiles.NewIndex([]profiles.Profile{{Name: "system", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "kube-system"}}}})
	every := profiles.NewIndex([]profiles.Profile{{Name: "every", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "*"}}}})
	bare := policy.Default()
	bare.Exempt = policy.Exemptions{}
	steer := bare
	steer.DaemonSets = fargate.DaemonSetsSteer
	for name, c := range map[string]struct {
		index  *profiles.Index
		policy policy.Policy
		worst  []review.Result
	}{
		"Fargate only":       {every, bare, []review.Result{review.ResultPass, review.ResultWarn}},
		"Fargate only Steer": {every, steer, []review.Result{review.ResultPass, review.ResultChange}},
		"mixed":              {mixed, bare, []review.Result{review.ResultPass}},
		"kube-system":        {system, policy.Default(), []review.Result{review.ResultPass}},
	} {
		t.Run(name, func(t *testing.T) {
			sets := 0
			for _, app := range []string{"amazon-vpc-cni", "aws-ebs-csi-driver", "cloudwatch-container-insights", "eks-pod-identity", "eksctl"} {
				for _, item := range daemonSetsOf(t, app, c.index, c.policy) {
					sets++
					if !slices.Contains(c.worst, item.Result) {
						t.Errorf("%s: %s/%s in %s: %s %v, want one of %v", app, item.Namespace, item.Name, item.Source, item.Result, item.Findings, c.worst)
					}
				}
			}
			if sets < 30 {
				t.Errorf("only %d DaemonSets were found", sets)
			}
		})
	}
}

// TestCorpusMixed: outside of namespaces that a profile selects no DaemonSet of
// the corpus is refused or changed, whoever made it.
func TestCorpusMixed(t *testing.T) {
	mixed := profiles.NewIndex([]profiles.Profile{{Name: "apps", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "apps"}}}})
	policy := policy.Default()
	policy.Exempt, policy.DaemonSets = policy.Exemptions{}, fargate.DaemonSetsSteer
	warned := 0
	for _, item := range daemonSetsOf(t, "", mixed, policy) {
		switch item.Result {
		case review.ResultPass, review.ResultSkip: // one is of an API version of old
		case review.ResultWarn:
			warned++
		default:
			t.Errorf("%s/%s in %s: %s %v", item.Namespace, item.Name, item.Source, item.Result, item.Findings)
		}
	}
	// Those that tolerate all taints, such as kube-prometheus' node exporter.
	if warned == 0 {
		t.Error("none is warned about for its tolerations (F5.4)")
	}
}

// daemonSetsOf judges the DaemonSets of an app of the corpus, of all when its
// name is empty.
func daemonSetsOf(t *testing.T, app string, index *profiles.Index, policy policy.Policy) []review.Item {
	t.Helper()
	folder := filepath.Join(corpus, app)
	if found, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || len(found) == 0 {
		t.Skip("the corpus of real manifests is not beside the repository")
	}
	reviewer := &review.Reviewer{Index: index, Policy: policy, Namespace: "default"}
	report, _ := reviewer.Paths([]string{folder}, true, nil) // what can't be read is TestCorpus's
	return slices.DeleteFunc(report.Items, func(item review.Item) bool { return item.Kind != "DaemonSet" })
}
