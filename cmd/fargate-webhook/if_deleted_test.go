package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

// What a profile runs is read from the cluster; the exit code says whether others take all of it.
func TestProfilesIfDeleted(t *testing.T) {
	path := write(t, "p.json", `[{"name":"old","selectors":[{"namespace":"apps","labels":{"run":"on-fargate"}}]},{"name":"new","selectors":[{"namespace":"apps","labels":{"pool":"a"}}]},
		{"name":"idle","selectors":[{"namespace":"late"}]}]`)
	config := write(t, "policy.yaml", policyHead)
	const owned = `{"metadata":{"name":"web-1-a","namespace":"apps","uid":"1","labels":{"app":"web","run":"on-fargate","eks.amazonaws.com/fargate-profile":"old"},
		"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-1","uid":"2","controller":true}]},"spec":{}}`
	const bare = `{"metadata":{"name":"once","namespace":"apps","uid":"3"},"spec":{}}`
	const set = `{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web-1","namespace":"apps","uid":"2","ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"4","controller":true}]},
		"spec":{"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}`
	const table = "Deleting Fargate profile \"old\" takes down 1 pod:\n\nNAMESPACE  WORKLOAD        PODS  REPLACED\n"
	for name, c := range map[string]struct {
		profile, pods, set string
		status             map[string]int
		code               int
		stdout, stderr     string
	}{
		"all are replaced": {"old", owned, set, nil, cli.ExitOK, table + "apps       Deployment/web  1     by Fargate profile \"new\"; the webhook adds pool: a\n", ""},
		"one is not":       {"old", owned + "," + bare, set, nil, cli.ExitFailed, "apps       Pod/once        1     no: it has no controller", ""},
		"none":             {"idle", "", "", nil, cli.ExitOK, "takes down no pod", ""},
		"no right to read": {"old", owned, set, map[string]int{"/apis/apps/v1/namespaces/apps/replicasets/web-1": 403}, cli.ExitOK, "ReplicaSet/web-1  1     by Fargate profile \"new\"", ""},
		"no right to list": {"old", owned, set, map[string]int{"/api/v1/pods": 403}, cli.ExitUsage, "", `list the pods of Fargate profile "old": you may not list pods`},
		"no such profile":  {"odl", owned, set, nil, cli.ExitUsage, "", `--if-deleted "odl": there is no such Fargate profile: must be one of idle, new, old`},
	} {
		t.Run(name, func(t *testing.T) {
			s := apiServer{status: c.status, lists: map[string]string{"/api/v1/pods": c.pods}, objects: map[string]string{"/apis/apps/v1/namespaces/apps/replicasets/web-1": c.set}}
			got := program(t, "", "profiles", "--profiles", path, "--config", config, "--context=there", "--kubeconfig", s.kubeconfig(t), "--if-deleted", c.profile)
			got.wants(t, c.code, c.stderr)
			if !strings.Contains(got.stdout, c.stdout) || c.stdout == "" && got.stdout != "" {
				t.Errorf("want %q in\n%s", c.stdout, got.stdout)
			}
		})
	}
	s := apiServer{lists: map[string]string{"/api/v1/pods": owned}, objects: map[string]string{"/apis/apps/v1/namespaces/apps/replicasets/web-1": set}, status: map[string]int{"deployments": http.StatusForbidden}}
	got := program(t, "", "profiles", "--profiles", path, "--context=there", "--kubeconfig", s.kubeconfig(t), "--if-deleted=old", "-o=json")
	got.wants(t, cli.ExitOK, "the default policy is assumed")
	want := decoded(t, `{"profile":"old","pods":1,"workloads":[{"namespace":"apps","kind":"Deployment","name":"web","pods":1,"outcome":"fargate","profile":"new","adds":{"pool":"a"},
		"reason":"it matches selector 1 of the profile once the labels are added"}]}`)
	if diff := cmp.Diff(want, decoded(t, got.stdout)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
