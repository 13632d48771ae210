package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks/ekstest"
)

const faultyProfiles = `[{"name":"a","status":"DELETING","selectors":[{"namespace":"a"}]},
 {"name":"b","selectors":[{"namespace":"Apps"},{"namespace":"kube-system","labels":{"tier":"web"}},{"namespace":"apps","labels":{"run":"x","tier":"y"}}]}]`

func TestProfilesTable(t *testing.T) {
	got := program(t, "", "profiles", "--profiles", write(t, "p.json", faultyProfiles))
	got.wants(t, cli.ExitOK, "")
	const want = `PROFILE  STATUS             NAMESPACE    LABELS
a        DELETING, ignored  a            -
b        ACTIVE             Apps         -
                            kube-system  tier=web
                            apps         run=x,tier=y

Fargate profile "a": ignored, since it is DELETING: EKS stops its pods, and creates no other profile until it is gone
Fargate profile "b", selector 1: it can never match: no namespace name can match "Apps": it has the character 'A'
note: Fargate profile "b", selector 3: the webhook never adds the label tier (protectedLabels of the policy): only pods that set it themselves run on Fargate by this selector
`
	if diff := cmp.Diff(want, got.stdout); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestProfilesJSON(t *testing.T) {
	got := program(t, "", "profiles", "--profiles", write(t, "p.json", faultyProfiles), "-o", "json")
	got.wants(t, cli.ExitOK, "")
	const want = `{"profiles":[
		{"name":"a","status":"DELETING","ignored":true,"selectors":[{"namespace":"a","labels":{}}]},
		{"name":"b","status":"ACTIVE","ignored":false,"selectors":[{"namespace":"Apps","labels":{}},
			{"namespace":"kube-system","labels":{"tier":"web"}},{"namespace":"apps","labels":{"run":"x","tier":"y"}}]}],
		"problems":[
		{"profile":"a","text":"ignored, since it is DELETING: EKS stops its pods, and creates no other profile until it is gone"},
		{"profile":"b","selector":1,"text":"it can never match: no namespace name can match \"Apps\": it has the character 'A'"}],
		"notes":[{"profile":"b","selector":3,"text":"the webhook never adds the label tier (protectedLabels of the policy): only pods that set it themselves run on Fargate by this selector"}]}`
	if diff := cmp.Diff(decoded(t, want), decoded(t, got.stdout)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Problems that come from the policy, with what to do, and notes on the default quotas.
func TestProfilesUnderPolicy(t *testing.T) {
	var list []string
	for i := range 8 {
		list = append(list, fmt.Sprintf(`{"name":"p%d","selectors":[{"namespace":"apps","labels":{"team":"t%d"}}]}`, i, i))
	}
	path, off := write(t, "p.json", "["+strings.Join(list, ",")+"]"), write(t, "policy.yaml", policyHead+"labels: \"Off\"\n")
	const quota = "the cluster has 8 of 10 Fargate profiles, the default quota, which AWS raises on request"
	got := program(t, "", "profiles", "--profiles", path, "-o", "json")
	got.wants(t, cli.ExitOK, "")
	var parsed struct {
		Problems, Notes []struct {
			Profile, Text, Fix string
			Selector           *int
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &parsed); err != nil || len(parsed.Problems) != 1 || len(parsed.Notes) != 1 {
		t.Fatal(err, got.stdout)
	}
	if p := parsed.Problems[0]; p.Profile != "p0" || p.Selector != nil || p.Fix == "" || !strings.Contains(p.Text, `as near to it as to "p1" (team: t1)`) {
		t.Errorf("problem %+v", p)
	}
	if n := parsed.Notes[0]; n.Profile != "" || n.Text != quota {
		t.Errorf("note %+v", n)
	}
	got = program(t, "", "profiles", "--profiles", path, "--config", off)
	got.wants(t, cli.ExitOK, "")
	if !strings.HasSuffix(got.stdout, "\n\nnote: "+quota+"\n") {
		t.Error(got.stdout)
	}
	// A review prints what is wrong, without notes.
	got = program(t, "", "review", "-f", examplePods, "--profiles", path)
	got.wants(t, cli.ExitOK, `as near to it as to "p1"`)
	if strings.Contains(got.stderr, quota) {
		t.Error(got.stderr)
	}
}

func TestProfilesMatch(t *testing.T) {
	path := write(t, "p.json", faultyProfiles)
	off := write(t, "policy.yaml", policyHead+"labels: \"Off\"\n")
	const missing = "Labels that are missing, and that the policy does not let the webhook add: "
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"matches":            {[]string{"apps", "-l", "run=x,tier=y"}, cli.ExitOK, "A pod in namespace apps with labels run=x,tier=y runs on Fargate (profile b): "},
		"labels added":       {[]string{"apps", "-l", "tier=y"}, cli.ExitOK, ".\nLabels that the webhook adds: run=x\n"},
		"a protected label":  {[]string{"apps", "-l", "run=x"}, cli.ExitFailed, missing + "tier=y\n"},
		"labels not added":   {[]string{"apps", "--config", off}, cli.ExitFailed, missing + "run=x,tier=y\n"},
		"exempt":             {[]string{"kube-system"}, cli.ExitFailed, missing + "tier=web\n"},
		"exempt and matches": {[]string{"kube-system", "-l", "tier=web"}, cli.ExitOK, "runs on Fargate (profile b): "},
		"another value":      {[]string{"apps", "-l", "run=z"}, cli.ExitFailed, "A pod in namespace apps with labels run=z does not run on Fargate: "},
		"only DELETING":      {[]string{"a"}, cli.ExitFailed, "A pod in namespace a without labels does not run on Fargate: "},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"profiles", "--profiles", path, "--match"}, c.args...)...)
			got.wants(t, c.code, "")
			if !strings.Contains(got.stdout, c.want) || strings.Contains(got.stdout, missing) != strings.Contains(c.want, missing) {
				t.Errorf("want %q in:\n%s", c.want, got.stdout)
			}
		})
	}
	got := program(t, "", "profiles", "--profiles", path, "--match", "apps", "-l", "tier=y", "-o", "json")
	got.wants(t, cli.ExitOK, "")
	answer, isObject := decoded(t, got.stdout).(map[string]any)
	if reason, ok := answer["reason"].(string); !isObject || !ok || reason == "" {
		t.Errorf("no reason in %s", got.stdout)
	}
	delete(answer, "reason")
	want := map[string]any{
		"namespace": "apps", "labels": map[string]any{"tier": "y"}, "fargate": true, "profile": "b",
		"adds": map[string]any{"run": "x"}, "lacks": map[string]any{},
	}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A label that a guard withholds is explained as review does: with the rule, the labels and the
// fix.
func TestProfilesMatchExplainsGuards(t *testing.T) {
	path := write(t, "p.json", `[{"name":"karp","selectors":[{"namespace":"apps","labels":{"app.kubernetes.io/name":"karpenter"}}]}]`)
	for name, labels := range map[string]string{"unpinned": "team=a", "pinned": "team=a,eks.amazonaws.com/fargate-profile=gone"} {
		t.Run(name, func(t *testing.T) {
			pod := write(t, "pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: apps, labels: {"+
				strings.ReplaceAll(labels, "=", ": ")+"}}\nspec: {containers: [{name: c, image: i}]}\n")
			reviewed, isObject := decoded(t, program(t, "", "review", "-f", pod, "--profiles", path, "-o", "json").stdout).(map[string]any)
			items, isList := reviewed["items"].([]any)
			if !isObject || !isList || len(items) != 1 {
				t.Fatal(reviewed)
			}
			item, _ := items[0].(map[string]any)
			args := []string{"profiles", "--profiles", path, "--match", "apps", "-l", labels}
			got := program(t, "", append(args, "-o", "json")...)
			got.wants(t, cli.ExitFailed, "")
			answer, _ := decoded(t, got.stdout).(map[string]any)
			place, _ := item["placement"].(map[string]any)
			noPosition := cmpopts.IgnoreMapEntries(func(key string, _ any) bool { return key == "line" || key == "column" })
			if diff := cmp.Diff(item["findings"], answer["findings"], noPosition); diff != "" || answer["reason"] != place["reason"] {
				t.Errorf("reason %v, in the review %v; findings -review +profiles:\n%s", answer["reason"], place["reason"], diff)
			}
			findings, _ := answer["findings"].([]any)
			if len(findings) != 1 {
				t.Fatalf("findings %v", findings)
			}
			f, _ := findings[0].(map[string]any)
			text := program(t, "", args...).stdout
			for _, key := range []string{"rule", "message", "remedy"} {
				if want, ok := f[key].(string); !ok || want == "" || !strings.Contains(text, want) {
					t.Errorf("%s %q is not in\n%s", key, want, text)
				}
			}
		})
	}
}

// Two profiles that are as near: which is chosen, and which other there is.
func TestProfilesMatchNamesEquallyNear(t *testing.T) {
	path := write(t, "p.json", `[{"name":"b-web","selectors":[{"namespace":"apps","labels":{"team":"web"}}]},
		{"name":"a-batch","selectors":[{"namespace":"apps","labels":{"team":"batch"}}]}]`)
	args := []string{"profiles", "--profiles", path, "--match", "apps", "-l", "job=x"}
	got := program(t, "", args...)
	got.wants(t, cli.ExitOK, "")
	if want := `(profile a-batch): it matches selector 1 of the profile once the labels are added; equally near: "b-web" (team: web);`; !strings.Contains(got.stdout, want) {
		t.Errorf("want %q in:\n%s", want, got.stdout)
	}
	got = program(t, "", append(args, "-o", "json")...)
	answer, _ := decoded(t, got.stdout).(map[string]any)
	want := []any{map[string]any{"profile": "b-web", "labels": map[string]any{"team": "web"}}}
	if diff := cmp.Diff(want, answer["equallyNear"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestProfilesUsage(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no source":       {nil, "set at least one of --cluster-name, --profiles and --ack-cluster-name"},
		"two questions":   {[]string{"--profiles", exampleProfiles, "--match", "a", "--if-deleted", "b"}, "--if-deleted may not be used with --match"},
		"unknown output":  {[]string{"--profiles", exampleProfiles, "-o", "yaml"}, `--output "yaml": must be table or json`},
		"no namespace":    {[]string{"--profiles", exampleProfiles, "-l", "a=b"}, "--labels may only be used with --match"},
		"no value":        {[]string{"--profiles", exampleProfiles, "--match", "a", "-l", "a"}, `--labels "a": must be key=value`},
		"two values":      {[]string{"--profiles", exampleProfiles, "--match", "a", "-l", "a=b,a=c"}, `--labels "a=c": must not set a label twice, a is already "b"`},
		"missing file":    {[]string{"--profiles", "missing.yaml"}, "missing.yaml: no such file or directory"},
		"one of two":      {[]string{"--profiles", exampleProfiles, "--profiles", examplePods}, examplePods + `:`},
		"a policy's file": {[]string{"--profiles", exampleProfiles, "--config", examplePods}, examplePods + ":"},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"profiles"}, c.args...)...)
			got.wants(t, cli.ExitUsage, c.want)
			if got.stdout != "" {
				t.Errorf("unexpected output: %s", got.stdout)
			}
		})
	}
}

// Files add profiles to those of the EKS API. Where they differ, the EKS API wins.
func TestProfilesOfBoth(t *testing.T) {
	server := ekstest.NewServer([]profiles.Profile{{Name: "a", Status: profiles.StatusCreating, Selectors: []profiles.Selector{{Namespace: "a"}}}}, ekstest.Options{})
	defer server.Close()
	for key, value := range server.Environment() {
		t.Setenv(key, value)
	}
	defer http.DefaultClient.CloseIdleConnections()
	path := write(t, "p.json", faultyProfiles)
	got := program(t, "", "profiles", "--cluster-name", "demo", "--profiles", path)
	got.wants(t, cli.ExitOK, "")
	for _, want := range []string{"a        CREATING, ignored", "b        ACTIVE", `"a": source 2 has a different status (DELETING, not CREATING) than source 1: source 1 is used`} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("want %q in:\n%s", want, got.stdout)
		}
	}
}

// A review reports the problems of the profiles, and reviews the manifests anyway.
func TestReviewReportsProblems(t *testing.T) {
	got := program(t, "", "review", "-f", examplePods, "--profiles", exampleProfiles, "--profiles", write(t, "p.json", faultyProfiles))
	got.wants(t, cli.ExitOK, `fargate-webhook: Fargate profile "a": ignored, since it is DELETING`)
	if !strings.Contains(got.stdout, "0 denied") {
		t.Errorf("unexpected output: %s", got.stdout)
	}
}
