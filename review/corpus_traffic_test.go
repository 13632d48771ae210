package review_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

// TestCorpusTraffic compares the findings in Services, Ingresses and DaemonSets of the corpus with
// a file. UPDATE=1 rewrites the file.
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

// The DaemonSets that EKS, eksctl and the documentation of AWS ship are never refused: neither with
// a profile for every namespace and no exemption, nor in a mixed cluster, nor under Steer (F5.2,
// F5.6, S10).
func TestCorpusAddOns(t *testing.T) {
	mixed := profiles.NewIndex([]profiles.Profile{{Name: "apps", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "apps"}}}})
	system := profiles.NewIndex([]profiles.Profile{{Name: "system", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "kube-system"}}}})
	every := profiles.NewIndex([]profiles.Profile{{Name: "every", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "*"}}}})
	bare := policy.Default()
	bare.Exempt = policy.Exemptions{}
	steer := bare
	steer.SteerDaemonSets = true
	for name, c := range map[string]struct {
		index  *profiles.Index
		policy policy.Policy
		worst  []review.Result
	}{
		"Fargate only":       {every, bare, []review.Result{review.ResultPass, review.ResultWarn}},
		"Fargate only Steer": {every, steer, []review.Result{review.ResultPass, review.ResultChange}},
		"mixed":              {mixed, bare, []review.Result{review.ResultPass}},
		"kube-system":        {system, policy.Default(), []review.Result{review.ResultPass, review.ResultExempt}},
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
				t.Errorf("found only %d DaemonSets", sets)
			}
		})
	}
}

// In namespaces that no profile selects, no DaemonSet of the corpus is refused or changed.
func TestCorpusMixed(t *testing.T) {
	mixed := profiles.NewIndex([]profiles.Profile{{Name: "apps", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "apps"}}}})
	p := policy.Default()
	p.Exempt, p.SteerDaemonSets = policy.Exemptions{}, true
	warned := 0
	for _, item := range daemonSetsOf(t, "", mixed, p) {
		switch item.Result {
		case review.ResultPass, review.ResultSkip: // one has an old API version
		case review.ResultWarn:
			warned++
		default:
			t.Errorf("%s/%s in %s: %s %v", item.Namespace, item.Name, item.Source, item.Result, item.Findings)
		}
	}
	// Those that tolerate all taints, such as the node exporter of kube-prometheus.
	if warned == 0 {
		t.Error("no warning about tolerations (F5.4)")
	}
}

// daemonSetsOf reviews the DaemonSets of an app of the corpus, of every app if its name is empty.
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
