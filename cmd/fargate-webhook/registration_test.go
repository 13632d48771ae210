package main

import (
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"go.uber.org/zap"

	"fargate-webhook/certs"
	"fargate-webhook/fargate"
	"fargate-webhook/profiles"
	"fargate-webhook/profiles/file"
	"fargate-webhook/webhook/registration"
)

// authority makes a PEM file as --ca-bundle wants it.
func authority(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source, err := certs.NewFolderSource(dir, []string{"127.0.0.1"})
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

// What is printed is what a Registrar would apply by the same flags.
func TestRegistration(t *testing.T) {
	policy := write(t, "policy.yaml", "apiVersion: fargate-webhook/v1alpha1\nkind: Policy\nworkloads: Deny\nexempt: {namespaces: [ci]}\n")
	ca := authority(t)
	loaded, err := loadPolicy(policy)
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
	defaults := fargate.DefaultPolicy()
	byService := registrationFlags{namespace: "own", serviceName: "hook"}
	byURL := registrationFlags{namespace: ownNamespace(), serviceName: "fargate-webhook", webhookURL: "https://127.0.0.1:9443"}
	withGroups := byService.options(&loaded)
	withGroups.TargetGroupVersion = "v1beta1"
	injected := byURL.options(&defaults)
	injected.InjectFrom = "own/serving"
	for name, c := range map[string]struct {
		args    []string
		options registration.Options
		bundle  []byte
		want    string
	}{
		"by Service": {[]string{"--namespace=own", "--service-name=hook", "--config", policy, "--ca-bundle", ca, "--target-group-version=v1beta1"}, withGroups, bundle, "caBundle: "},
		"by URL":     {[]string{"--webhook-url=https://127.0.0.1:9443", "--cert-manager-inject-ca-from=own/serving"}, injected, nil, "cert-manager.io/inject-ca-from: own/serving"},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"registration", "--profiles", exampleProfiles}, c.args...)...)
			got.wants(t, exitOK, "")
			want, err := registration.Manifests(c.options, profiles.NewIndex(list), c.bundle)
			if err != nil || got.stdout != string(want) || !strings.Contains(got.stdout, c.want) || strings.Count(got.stdout, "\nkind: ") != 2 {
				t.Errorf("%v; printed is\n%s", err, got.stdout)
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
		"no profiles":       {inject, "where are the Fargate profiles?"},
		"no trust":          {from, "whom is the API server to trust?"},
		"two to trust":      {append(from, "--ca-bundle=ca.crt", inject[0]), "whom is the API server to trust?"},
		"half a name":       {append(from, "--cert-manager-inject-ca-from=serving"), `"serving": a Certificate is named NAMESPACE/NAME`},
		"too much of one":   {append(from, "--cert-manager-inject-ca-from=a/b/c"), "a Certificate is named NAMESPACE/NAME"},
		"no such bundle":    {append(from, "--ca-bundle=missing.crt"), "--ca-bundle: open missing.crt: "},
		"no certificate":    {append(from, "--ca-bundle="+exampleProfiles), "no certificate in it, as PEM has it"},
		"by http":           {append(from, inject[0], "--webhook-url=http://127.0.0.1"), "the API server calls https://host:port only"},
		"no such profiles":  {append(inject, "--profiles=missing.yaml"), "missing.yaml: "},
		"no such policy":    {append(from, inject[0], "--config=missing.yaml"), "missing.yaml"},
		"one argument more": {append(from, inject[0], "now"), `unexpected argument "now"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, "", append([]string{"registration"}, c.args...)...)
			got.wants(t, exitUsage, c.want)
			if got.stdout != "" {
				t.Errorf("it prints %s", got.stdout)
			}
		})
	}
}

// A static registration is left to others: it is made without a client, so there is nothing that could ask for a right.
func TestStaticRegistrar(t *testing.T) {
	policy := fargate.DefaultPolicy()
	if run, err := newRegistering(&serveFlags{static: true, leaderElect: true}, nil, &knowledge{}, &policy, zap.NewNop()); run == nil || err != nil {
		t.Errorf("%v", err)
	}
}
