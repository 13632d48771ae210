package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

// apiServer answers lists with what is in it, and is otherwise empty.
type apiServer struct {
	// lists are the items of lists, and objects are whole, as JSON, by path.
	lists, objects map[string]string
	// status is the HTTP status of a path, or of all lists of a resource.
	status map[string]int
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	code := max(s.status[r.URL.Path], s.status[path.Base(r.URL.Path)])
	switch {
	case code > 0:
		reason, message := "InternalError", "no"
		if code == http.StatusForbidden {
			reason, message = "Forbidden", "u cannot do it"
		}
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":%q,"reason":%q,"code":%d}`, message, reason, code)
	case r.URL.Path == "/apis":
		_, _ = fmt.Fprint(w, `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"argoproj.io","versions":[{"groupVersion":"argoproj.io/v1alpha1","version":"v1alpha1"}]}]}`)
	case r.URL.Path == "/apis/argoproj.io/v1alpha1":
		_, _ = fmt.Fprint(w, `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"argoproj.io/v1alpha1","resources":[{"name":"rollouts","kind":"Rollout","namespaced":true,"verbs":["list"]}]}`)
	case r.URL.Path == "/api/v1":
		_, _ = fmt.Fprint(w, `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"v1","resources":[]}`)
	case s.objects[r.URL.Path] != "":
		_, _ = fmt.Fprint(w, s.objects[r.URL.Path])
	case r.URL.Query().Get("limit") != "":
		_, _ = fmt.Fprintf(w, `{"kind":"List","apiVersion":"v1","metadata":{},"items":[%s]}`, s.lists[r.URL.Path])
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"not found","reason":"NotFound","code":404}`)
	}
}

// kubeconfig starts the server, and returns a kubeconfig in which the context "there" leads to it
// and the current one nowhere.
func (s *apiServer) kubeconfig(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return write(t, "kubeconfig", `{apiVersion: v1, kind: Config, current-context: nowhere, users: [{name: u, user: {token: t}}],
contexts: [{name: nowhere, context: {cluster: nowhere, user: u}}, {name: there, context: {cluster: there, user: u, namespace: apps}}],
clusters: [{name: nowhere, cluster: {server: "https://127.0.0.1:1"}}, {name: there, cluster: {server: "`+server.URL+`"}}]}`)
}

const podOfApps = `{"metadata":{"name":"a","namespace":"apps","labels":{"run":"on-fargate"}},"spec":{"containers":[{"name":"a","image":"a"}]}}`

// What can't be listed is a problem of the report. A user who may list what the webhook is called
// for gets the exit code of what was judged; who asks for --fail-on skip learns of every kind.
func TestReviewFromClusterGaps(t *testing.T) {
	for name, c := range map[string]struct {
		status  map[string]int
		args    []string
		code    int
		problem string
	}{
		"all is read":                    {nil, nil, cli.ExitOK, ""},
		"a kind that is looked up":       {map[string]int{"storageclasses": 403}, []string{"--fail-on=warn"}, cli.ExitOK, "no right to list storageclasses.storage.k8s.io: decisions about other objects are made without them"},
		"a custom resource":              {map[string]int{"rollouts": 403}, []string{"--fail-on=warn"}, cli.ExitOK, "no right to list rollouts.argoproj.io in namespace apps: they are not reviewed"},
		"a custom resource, --fail-on":   {map[string]int{"rollouts": 403}, []string{"--fail-on=skip"}, cli.ExitFailed, "no right to list rollouts.argoproj.io in namespace apps: they are not reviewed"},
		"a kind of the webhook":          {map[string]int{"deployments": 403}, nil, cli.ExitUsage, "no right to list deployments.apps in namespace apps: they are not reviewed"},
		"a kind of the webhook, a never": {map[string]int{"deployments": 403}, []string{"--fail-on=never"}, cli.ExitUsage, "no right to list deployments.apps in namespace apps: they are not reviewed"},
		"a failure":                      {map[string]int{"rollouts": 500}, nil, cli.ExitUsage, "list rollouts.argoproj.io in namespace apps: no: they are not reviewed"},
		"which kinds there are":          {map[string]int{"/apis": 500}, nil, cli.ExitUsage, "which kinds the API server serves is not known: no: its custom resources are not reviewed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := apiServer{status: c.status, lists: map[string]string{"/api/v1/namespaces/apps/pods": podOfApps}}
			got := program(t, "", append([]string{"review", "--from-cluster", "-o=json", "--profiles", exampleProfiles, "--context=there", "--kubeconfig", s.kubeconfig(t)}, c.args...)...)
			var report struct {
				Items    []struct{ Name string }
				Problems []struct{ Text, Source string }
			}
			if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
				t.Fatal(err, got.stderr)
			}
			var problems []string
			for _, p := range report.Problems {
				problems = append(problems, p.Text)
				if !strings.HasPrefix(p.Source, "cluster") {
					t.Errorf("source %q", p.Source)
				}
			}
			if c.problem == "" && len(problems) > 0 || c.problem != "" && !slices.Equal(problems, []string{c.problem}) {
				t.Errorf("problems %q", problems)
			}
			if got.code != c.code || len(report.Items) != 1 || !strings.Contains(got.stderr, c.problem) {
				t.Errorf("exit code %d, want %d; %+v, %s", got.code, c.code, report.Items, got.stderr)
			}
		})
	}
}

// A cluster that doesn't answer is a problem of the report too.
func TestReviewWithoutCluster(t *testing.T) {
	got := program(t, "", "review", "--from-cluster", "-o=json", "--profiles", exampleProfiles, "--kubeconfig", write(t, "kubeconfig", nowhere))
	got.wants(t, cli.ExitUsage, "fargate-webhook: review the cluster: which kinds the API server serves is not known: ")
	if !strings.Contains(got.stdout, `"text": "review the cluster: which kinds`) {
		t.Errorf("the report is %s", got.stdout)
	}
}

// Commands of a live cluster use the context that --context names, with its namespace.
func TestContext(t *testing.T) {
	s := apiServer{lists: map[string]string{"/api/v1/namespaces/apps/pods": podOfApps}}
	kubeconfig := s.kubeconfig(t)
	got := program(t, "", "review", "--from-cluster", "--profiles", exampleProfiles, "--kubeconfig", kubeconfig, "--context=there")
	if got.code != cli.ExitOK || !strings.Contains(got.stdout, "apps") {
		t.Errorf("exit code %d, %s%s", got.code, got.stderr, got.stdout)
	}
	for _, command := range [][]string{{"review", "--from-cluster"}, {"doctor"}, {"why", "a"}} {
		program(t, "", append(command, "--profiles", exampleProfiles, "--kubeconfig", kubeconfig, "--context=away")...).
			wants(t, cli.ExitUsage, `load the kubeconfig: --context "away": context "away" does not exist`)
	}
}

// The policy is that of the webhook's Deployment. Where it isn't known, that is said.
func TestAssumedPolicy(t *testing.T) {
	const deployment, configMap = "/apis/apps/v1/namespaces/fargate-webhook/deployments/fargate-webhook", "/api/v1/namespaces/fargate-webhook/configmaps/policy"
	const assumed = "the default policy is assumed, since that of the webhook is not known: "
	mounting := func(volume string) string {
		return `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"fargate-webhook","namespace":"fargate-webhook"},"spec":{"template":{"spec":{
"volumes":[{"name":"p",` + volume + `}],"containers":[{"name":"a","args":["serve","--config=/etc/p/policy.yaml"],"volumeMounts":[{"name":"p","mountPath":"/etc/p"}]}]}}}}`
	}
	for name, c := range map[string]struct {
		status  map[string]int
		objects map[string]string
		args    []string
		want    string
	}{
		"no Deployment":     {nil, nil, nil, assumed + "there is no Deployment fargate-webhook/fargate-webhook; set --config to the policy file"},
		"no right":          {map[string]int{deployment: 403}, nil, nil, assumed + "you may not get deployments.apps"},
		"a failure":         {map[string]int{deployment: 500}, nil, nil, assumed + "no; set --config to the policy file"},
		"no ConfigMap":      {nil, map[string]string{deployment: mounting(`"emptyDir":{}`)}, nil, assumed + "the webhook reads it from /etc/p/policy.yaml, which is no ConfigMap"},
		"another key":       {nil, map[string]string{deployment: mounting(`"configMap":{"name":"policy"}`), configMap: `{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"b"}}`}, nil, assumed + "ConfigMap fargate-webhook/policy has no policy policy.yaml"},
		"a ConfigMap":       {nil, map[string]string{deployment: mounting(`"configMap":{"name":"policy"}`), configMap: `{"apiVersion":"v1","kind":"ConfigMap","data":{"policy.yaml":"apiVersion: fargate-webhook/v1alpha1\nkind: Policy\n"}}`}, nil, ""},
		"the flag --config": {nil, nil, []string{"--config", write(t, "policy.yaml", "apiVersion: fargate-webhook/v1alpha1\nkind: Policy\n")}, ""},
		"a default policy":  {nil, map[string]string{deployment: strings.Replace(mounting(`"emptyDir":{}`), `,"--config=/etc/p/policy.yaml"`, "", 1)}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := apiServer{status: c.status, lists: map[string]string{"/api/v1/namespaces/apps/pods": podOfApps}, objects: c.objects}
			kubeconfig := s.kubeconfig(t)
			for _, command := range [][]string{{"review", "--from-cluster"}, {"why", "a", "-n=apps"}} {
				got := program(t, "", slices.Concat(command, []string{"--profiles", exampleProfiles, "--context=there", "--kubeconfig", kubeconfig}, c.args)...)
				if shown := strings.Contains(got.stderr, assumed); shown != (c.want != "") || !strings.Contains(got.stderr, c.want) {
					t.Errorf("%q: %s", command, got.stderr)
				}
			}
		})
	}
}
