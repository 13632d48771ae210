package deploy

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
)

// A variable in env replaces one of the chart: the API server refuses two of a name.
func TestChartEnvReplaces(t *testing.T) {
	for set, want := range map[string]map[string]string{
		"defaults": {"AWS_REGION": "us-west-2", "GOMEMLIMIT": "224MiB", "CLUSTER_NAME": "prod"},
		"ec2":      {"AWS_REGION": "eu-central-1"},
	} {
		checkEnv(t, set, "", want)
	}
	const more = "env: [{name: GOMEMLIMIT, value: 200MiB}, {name: AWS_REGION, value: us-gov-east-1}, {name: A, value: b}]"
	want := map[string]string{"AWS_REGION": "us-gov-east-1", "GOMEMLIMIT": "200MiB", "A": "b"}
	for _, set := range []string{"defaults", "ec2", "files"} {
		checkEnv(t, set, more, want)
	}
}

// checkEnv checks variables with a value, and that no name is there twice.
func checkEnv(t *testing.T, set, more string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, variable := range one[*appsv1.Deployment](t, renderWith(t, set, more)).Spec.Template.Spec.Containers[0].Env {
		if _, twice := got[variable.Name]; twice {
			t.Errorf("%s: %s is there twice", set, variable.Name)
		}
		got[variable.Name] = variable.Value
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: %s is %q; want %q", set, name, got[name], value)
		}
	}
}
