package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"fargate-webhook/profiles"
	"fargate-webhook/profiles/eks/ekstest"
)

const faultyProfiles = `[{"name":"a","status":"DELETING","selectors":[{"namespace":"a"}]},
 {"name":"b","selectors":[{"namespace":"Apps"},{"namespace":"kube-system","labels":{"tier":"web"}},{"namespace":"apps","labels":{"run":"x","tier":"y"}}]}]`

func TestProfilesTable(t *testing.T) {
	got := program(t, "", "profiles", "--profiles", write(t, "p.json", faultyProfiles))
	got.wants(t, exitOK, "")
	const want = `PROFILE  STATUS             NAMESPACE    LABELS
a        DELETING, ignored  a            -
b        ACTIVE             Apps         -
                            kube-system  tier=web
                            apps         run=x,tier=y

Fargate profile "a": ignored, since it is DELETING: EKS stops its pods, and creates no other profile until it is gone
Fargate profile "b", selector 1: it can never match: no namespace name can match "Apps": it has the character 'A'
`
	if diff := cmp.Diff(want, got.stdout); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestProfilesJSON(t *testing.T) {
	got := program(t, "", "profiles", "--profiles", write(t, "p.json", faultyProfiles), "-o", "json")
	got.wants(t, exitOK, "")
	const want = `{"profiles":[
		{"name":"a","status":"DELETING","ignored":true,"selectors":[{"namespace":"a","labels":{}}]},
		{"name":"b","status":"ACTIVE","ignored":false,"selectors":[{"namespace":"Apps","labels":{}},
			{"namespace":"kube-system","labels":{"tier":"web"}},{"namespace":"apps","labels":{"run":"x","tier":"y"}}]}],
		"problems":[
		{"profile":"a","text":"ignored, since it is DELETING: EKS stops its pods, and creates no other profile until it is gone"},
		{"profile":"b","selector":1,"text":"it can never match: no namespace name can match \"Apps\": it has the character 'A'"}]}`
	if diff := cmp.Diff(decoded(t, want), decoded(t, got.stdout)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestProfilesMatch(t *testing.T) {
	path := write(t, "p.json", faultyProfiles)
	off := write(t, "policy.yaml", policyHead+"labels: \"Off\"\n")
	const second, third = "by the profile b: it matches selector 2 of the profile", "by the profile b: it matches selector 3 of the profile"
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"as it is":           {[]string{"apps", "-l", "run=x,tier=y"}, exitOK, "A pod in the namespace apps with the labels run=x,tier=y runs on Fargate " + third + ".\n"},
		"by added labels":    {[]string{"apps", "-l", "run=x"}, exitOK, "A pod in the namespace apps with the labels run=x runs on Fargate " + third + " once it has the labels.\nThe webhook adds tier=y.\n"},
		"labels not added":   {[]string{"apps", "--config", off}, exitFailed, "It lacks run=x,tier=y, which the webhook doesn't add here.\n"},
		"exempt":             {[]string{"kube-system"}, exitFailed, "It lacks tier=web, which the webhook doesn't add here.\n"},
		"exempt and matches": {[]string{"kube-system", "-l", "tier=web"}, exitOK, "runs on Fargate " + second + ".\n"},
		"another value":      {[]string{"apps", "-l", "run=z"}, exitFailed, "A pod in the namespace apps with the labels run=z doesn't run on Fargate: "},
		"only DELETING":      {[]string{"a"}, exitFailed, "A pod in the namespace a without labels doesn't run on Fargate: "},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"profiles", "--profiles", path, "--match"}, c.args...)...)
			got.wants(t, c.code, "")
			if !strings.Contains(got.stdout, c.want) || strings.Contains(got.stdout, "lacks") != strings.Contains(c.want, "lacks") {
				t.Errorf("want %q in:\n%s", c.want, got.stdout)
			}
		})
	}
	got := program(t, "", "profiles", "--profiles", path, "--match", "apps", "-l", "run=x", "-o", "json")
	got.wants(t, exitOK, "")
	const want = `{"namespace":"apps","labels":{"run":"x"},"fargate":true,"profile":"b",
		"reason":"it matches selector 3 of the profile once it has the labels","adds":{"tier":"y"},"lacks":{}}`
	if diff := cmp.Diff(decoded(t, want), decoded(t, got.stdout)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestProfilesUsage(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no source":       {nil, "where are the Fargate profiles? give --profiles (files), --cluster-name (the EKS API) or both"},
		"unknown output":  {[]string{"--profiles", exampleProfiles, "-o", "yaml"}, `-o "yaml": the output is table or json`},
		"no namespace":    {[]string{"--profiles", exampleProfiles, "-l", "a=b"}, "-l is for --match: name the pod's namespace"},
		"no value":        {[]string{"--profiles", exampleProfiles, "--match", "a", "-l", "a"}, `-l "a": want key=value`},
		"two values":      {[]string{"--profiles", exampleProfiles, "--match", "a", "-l", "a=b,a=c"}, `-l "a=c": the label has the value "b" already`},
		"missing file":    {[]string{"--profiles", "missing.yaml"}, "missing.yaml: no such file or directory"},
		"one of two":      {[]string{"--profiles", exampleProfiles, "--profiles", examplePods}, examplePods + `:`},
		"a policy's file": {[]string{"--profiles", exampleProfiles, "--config", examplePods}, examplePods + ":"},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"profiles"}, c.args...)...)
			got.wants(t, exitUsage, c.want)
			if got.stdout != "" {
				t.Errorf("it prints %s", got.stdout)
			}
		})
	}
}

// The EKS API comes first, and files add to it.
func TestProfilesOfBoth(t *testing.T) {
	server := ekstest.NewServer([]profiles.Profile{{Name: "a", Status: profiles.StatusCreating, Selectors: []profiles.Selector{{Namespace: "a"}}}}, ekstest.Options{})
	defer server.Close()
	for key, value := range server.Environment() {
		t.Setenv(key, value)
	}
	defer http.DefaultClient.CloseIdleConnections()
	path := write(t, "p.json", faultyProfiles)
	got := program(t, "", "profiles", "--cluster-name", "demo", "--profiles", path)
	got.wants(t, exitOK, "")
	for _, want := range []string{"a        CREATING, ignored", "b        ACTIVE", `"a": source 2 has a different status (DELETING, not CREATING) than source 1: source 1 is used`} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("want %q in:\n%s", want, got.stdout)
		}
	}
	source, id, err := profileSource(t.Context(), &serveFlags{clusterName: "demo", profiles: []string{path}}, nil, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	list, err := source.List(t.Context())
	if _, notifies := source.(profiles.Notifier); err != nil || len(list) != 2 || !notifies || !strings.HasSuffix(id, " and others") {
		t.Errorf("serve has %v of %s, %v, and is told of changes: %v", list, id, err, notifies)
	}
}

// A review tells what is wrong with the profiles and judges all the same.
func TestReviewTellsProblems(t *testing.T) {
	got := program(t, "", "review", "-f", examplePods, "--profiles", exampleProfiles, "--profiles", write(t, "p.json", faultyProfiles))
	got.wants(t, exitOK, `fargate-webhook: Fargate profile "a": ignored, since it is DELETING`)
	if !strings.Contains(got.stdout, "0 denied") {
		t.Errorf("it prints %s", got.stdout)
	}
}
