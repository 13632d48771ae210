package main

import (
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"fargate-webhook/certs"
	"fargate-webhook/cmd/fargate-webhook/cli"
	"fargate-webhook/internal/secretpath"
	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/webhook/registration"
)

// authority returns the path of a PEM file for --ca-bundle.
func authority(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source, err := certs.NewFolderSource(dir, []string{"127.0.0.1"}, certs.Rotation{})
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := source.CABundle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(bundle); block == nil {
		t.Fatalf("no PEM: %s", bundle)
	}
	return write(t, "ca.crt", string(bundle))
}

// The command prints what serve would register with the same flags.
func TestRegistration(t *testing.T) {
	t.Setenv("POD_NAMESPACE", "")
	policyPath := write(t, "policy.yaml", "apiVersion: fargate-webhook/v1alpha1\nkind: Policy\nworkloads: Deny\nexempt: {namespaces: [ci]}\n")
	ca := authority(t)
	loaded, err := cli.LoadPolicy(policyPath)
	if err != nil {
		t.Fatal(err)
	}
	list, err := file.New(exampleProfiles).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	defaults := policy.Default()
	byService := registration.Target{ServiceNamespace: "own", ServiceName: "hook"}
	byURL := registration.Target{ServiceNamespace: "fargate-webhook", ServiceName: "fargate-webhook", URL: "https://127.0.0.1:9443"}
	withGroups := registration.OptionsFor(&loaded, byService, "own")
	withGroups.Served = map[*kinds.Kind]string{kinds.TargetGroupConfigurations: "v1beta1"}
	injected := registration.OptionsFor(&defaults, byURL, "fargate-webhook")
	injected.InjectFrom = "own/serving"
	secret := secretpath.New()
	paths := write(t, "paths", "# current\n"+secret+"\n"+secretpath.New()+"\n")
	proven := injected
	proven.SecretPath = secret
	for name, c := range map[string]struct {
		args    []string
		options registration.Options
		bundle  []byte
		want    string
	}{
		"by Service": {[]string{"--namespace=own", "--service-name=hook", "--config", policyPath, "--ca-bundle", ca, "--target-group-version=v1beta1"}, withGroups, bundle, "caBundle: "},
		"by URL":     {[]string{"--webhook-url=https://127.0.0.1:9443", "--cert-manager-inject-ca-from=own/serving"}, injected, nil, "cert-manager.io/inject-ca-from: own/serving"},
		"by secret path": {
			[]string{"--webhook-url=https://127.0.0.1:9443", "--cert-manager-inject-ca-from=own/serving", "--path-file", paths}, proven, nil,
			"url: https://127.0.0.1:9443/" + secret + "/mutate/pods\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"registration", "--profiles", exampleProfiles}, c.args...)...)
			got.wants(t, cli.ExitOK, "")
			want, err := registration.Manifests(c.options, profiles.NewIndex(list), c.bundle)
			if err != nil || got.stdout != string(want) || !strings.Contains(got.stdout, c.want) || strings.Count(got.stdout, "\nkind: ") != 2 {
				t.Errorf("%v; printed:\n%s", err, got.stdout)
			}
		})
	}
}

func TestRegistrationUsage(t *testing.T) {
	from := []string{"--profiles", exampleProfiles}
	inject := []string{"--cert-manager-inject-ca-from=own/serving"}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no profiles":       {inject, "set at least one of --cluster-name and --profiles"},
		"no trust":          {from, "set exactly one of --ca-bundle and --cert-manager-inject-ca-from"},
		"two to trust":      {append(from, "--ca-bundle=ca.crt", inject[0]), "set exactly one of --ca-bundle and --cert-manager-inject-ca-from"},
		"half a name":       {append(from, "--cert-manager-inject-ca-from=serving"), `--cert-manager-inject-ca-from "serving": must be NAMESPACE/NAME of a Certificate`},
		"too much of one":   {append(from, "--cert-manager-inject-ca-from=a/b/c"), `"a/b/c": must be NAMESPACE/NAME of a Certificate`},
		"no such bundle":    {append(from, "--ca-bundle=missing.crt"), "--ca-bundle: open missing.crt: "},
		"no certificate":    {append(from, "--ca-bundle="+exampleProfiles), ": must contain at least one certificate in PEM format"},
		"no such paths":     {append(from, inject[0], "--path-file=missing"), "--path-file: open missing: "},
		"no paths in it":    {append(from, inject[0], "--path-file="+exampleProfiles), "--path-file \"" + exampleProfiles + "\": line "},
		"by http":           {append(from, inject[0], "--webhook-url=http://127.0.0.1"), `--webhook-url "http://127.0.0.1": scheme must be https`},
		"no such profiles":  {append(inject, "--profiles=missing.yaml"), "missing.yaml: "},
		"no such policy":    {append(from, inject[0], "--config=missing.yaml"), "missing.yaml"},
		"one argument more": {append(from, inject[0], "now"), `unexpected argument "now"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"registration"}, c.args...)...)
			got.wants(t, cli.ExitUsage, c.want)
			if got.stdout != "" {
				t.Errorf("unexpected output: %s", got.stdout)
			}
		})
	}
}
