package review_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

// corpus is a folder beside the repository with manifests of public projects, a folder for each
// app.
const corpus = "../../shared/corpus"

// reviewCorpus reviews all manifests of each app as on a cluster where every pod runs on Fargate: a
// profile selects every namespace, none is exempt, and findings that deny a pod deny its workload.
func reviewCorpus(t *testing.T) map[string][]review.Item {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(corpus, "*", "SOURCE"))
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) == 0 {
		t.Skip("the corpus of real manifests is not beside the repository")
	}
	every := profiles.NewIndex([]profiles.Profile{{
		Name: "every", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "*"}},
	}})
	p := policy.Default()
	p.Exempt, p.Workloads = policy.Exemptions{}, policy.Deny
	unreadable := unreadableOfCorpus()
	apps := map[string][]review.Item{}
	for _, source := range folders {
		folder := filepath.Dir(source)
		reviewer := &review.Reviewer{Index: every, Policy: p, Namespace: "default"}
		report, problems := reviewer.Paths([]string{folder}, true, nil)
		for _, problem := range problems {
			path, text, _ := strings.Cut(strings.TrimPrefix(filepath.ToSlash(problem.Error()), corpus+"/"), ":")
			if want := unreadable[path]; want == "" || !strings.HasSuffix(text, want) {
				t.Errorf("unreadable: %s:%s", path, text)
			}
			delete(unreadable, path)
		}
		for i := range report.Items {
			path, err := filepath.Rel(folder, report.Items[i].Source)
			if err != nil {
				t.Fatal(err)
			}
			report.Items[i].Source = filepath.ToSlash(path)
		}
		apps[filepath.Base(folder)] = report.Items
	}
	for path := range unreadable {
		t.Errorf("%s is readable, but kubectl refuses it", path)
	}
	return apps
}

// unreadableOfCorpus returns the files that kubectl or the API server refuses too, with the end of
// the error: a boolean as the value of a variable, a line indented by a tab, and blanks to fill in.
func unreadableOfCorpus() map[string]string {
	return map[string]string{
		"aws-load-balancer-controller/examples__cognito-ingress-template.yaml": "backend.service.port.number: must be a whole number, not a string",
		"ingress-nginx/examples__auth__oauth-external-auth__vouch-proxy.yaml":  "containers[0].env[0].value: must be a string, not true or false",
		"k8s-website-examples/controllers__job-pod-failure-policy-ignore.yaml": "yaml: found a tab character that violates indentation",
	}
}

// TestCorpus compares the findings in real manifests with a file, so that a change of the rules
// shows. UPDATE=1 rewrites the file.
func TestCorpus(t *testing.T) {
	apps := reviewCorpus(t)
	compareWithFile(t, "testdata/corpus.txt", []byte(table(
		"How many objects of each app have the outcome, and, below, how many of each kind have a finding of the rule.\n\n",
		append(append([]string{"APP\tJUDGED\tPASS\tCHANGE\tWARN\tDENY"}, outcomes(apps)...), "",
			"APP\tKIND\tACTION\tRULE\tOBJECTS"), findingsByKind(apps))))
	compareWithFile(t, "testdata/corpus-website.txt", []byte(table(
		"The sample objects of kubernetes/website that are refused or warned of, and what for.\n\n",
		[]string{"FILE\tKIND\tNAME\tACTION\tRULE\tFIELD"}, findingsOf(apps["k8s-website-examples"]))))
}

// TestWebsiteSamples lists every refusal of the official samples: none that runs on Fargate is
// refused.
func TestWebsiteSamples(t *testing.T) {
	refused := map[string]string{
		"admin__konnectivity__konnectivity-agent.yaml": "a DaemonSet for all nodes (F4.15)",
		"application__basic-daemonset.yaml":            "a DaemonSet for all nodes (F4.15)",
		"controllers__fluentd-daemonset.yaml":          "a DaemonSet for all nodes (F4.15), with host paths",
		"pods__image-volumes.yaml":                     "a volume of type image, which is not among those that pass (F4.20)",
		"pods__resource__extended-resource-pod.yaml":   "three example.com/dongle, which no Fargate node has (F3.13)",
		"pods__security__security-context-4.yaml":      "NET_ADMIN and SYS_TIME are added (F4.9, F4.19)",
		"windows__hostpath-volume-pod.yaml":            "for Windows nodes, with a host path (F3.13, F4.10)",
	}
	for _, item := range reviewCorpus(t)["k8s-website-examples"] {
		if (item.Result == review.ResultDeny) != (refused[item.Source] != "") {
			t.Errorf("%s: %s, and it should be refused for %q: %v", item.Source, item.Result, refused[item.Source], item.Findings)
		}
		delete(refused, item.Source)
	}
	for file := range refused {
		t.Errorf("%s is not among the samples", file)
	}
}

// table aligns the columns of its rows.
func table(title string, head, rows []string) string {
	var text strings.Builder
	text.WriteString(title)
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range slices.Concat(head, rows) {
		_, _ = fmt.Fprintln(columns, row) // a strings.Builder takes all
	}
	_ = columns.Flush() // as above
	return text.String()
}

func outcomes(apps map[string][]review.Item) []string {
	var rows []string
	for _, app := range slices.Sorted(maps.Keys(apps)) {
		summary := review.NewReport(apps[app]).Summary
		rows = append(rows, fmt.Sprintf("%s\t%d\t%d\t%d\t%d\t%d", app, len(apps[app])-summary[review.ResultSkip],
			summary[review.ResultPass], summary[review.ResultChange], summary[review.ResultWarn], summary[review.ResultDeny]))
	}
	return rows
}

func findingsByKind(apps map[string][]review.Item) []string {
	var rows []string
	for _, app := range slices.Sorted(maps.Keys(apps)) {
		objects := map[string]int{}
		for i := range apps[app] {
			item := &apps[app][i]
			for _, rule := range rulesOf(item) {
				objects[item.Kind+"\t"+rule]++
			}
		}
		for _, of := range slices.Sorted(maps.Keys(objects)) {
			rows = append(rows, fmt.Sprintf("%s\t%s\t%d", app, of, objects[of]))
		}
	}
	return rows
}

// rulesOf returns the actions and rules of the findings of an object, each once.
func rulesOf(item *review.Item) []string {
	var rules []string
	for i := range item.Findings {
		rules = append(rules, fmt.Sprintf("%s\t%s", item.Findings[i].Action, item.Findings[i].Rule))
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

func findingsOf(items []review.Item) []string {
	var rows []string
	for i := range items {
		for _, f := range items[i].Findings {
			fields := f.Fields
			if len(fields) == 0 {
				fields = []string{f.Field}
			}
			for _, field := range fields {
				rows = append(rows, strings.Join([]string{items[i].Source, items[i].Kind, items[i].Name, string(f.Action), string(f.Rule), field}, "\t"))
			}
		}
	}
	slices.Sort(rows)
	return rows
}
