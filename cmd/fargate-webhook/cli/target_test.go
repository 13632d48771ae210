package cli

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"fargate-webhook/webhook/registration"
)

func TestNamespaceDefaultsToThePod(t *testing.T) {
	for environment, want := range map[string]string{"": "fargate-webhook", "own": "own"} {
		t.Setenv("POD_NAMESPACE", environment)
		var flags TargetFlags
		flags.Register(pflag.NewFlagSet("test", pflag.ContinueOnError))
		if want := (registration.Target{ServiceNamespace: want, ServiceName: "fargate-webhook"}); flags.Target() != want {
			t.Errorf("POD_NAMESPACE=%q: have %+v", environment, flags.Target())
		}
	}
}

func TestHostsNamesTheFlag(t *testing.T) {
	flags := TargetFlags{WebhookURL: "http://127.0.0.1"}
	if _, err := flags.Hosts(); err == nil || !strings.HasPrefix(err.Error(), `--webhook-url "http://127.0.0.1": `) {
		t.Errorf("have %v", err)
	}
}
