package placement

import (
	"testing"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/profiles"
)

// A near miss is one or two letters away, or the beginning of the other name.
func TestSimilarNamespace(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("p",
		fargatetest.Selects("production"), fargatetest.Selects("payments"), fargatetest.Selects("dev"), fargatetest.Selects("team-*"), fargatetest.Selects("payment-api"))})
	for name, want := range map[string]string{
		"prodution":     "production",
		"produxtion":    "production",
		"prod":          "production",
		"production-eu": "production",
		"payment":       "payments", // a letter comes before a beginning
		"pro":           "",         // too short to be the beginning of anything
		"deb":           "",         // nor do short names have typos
		"devel":         "",
		"teem-a":        "", // patterns have none
		"web":           "",
		"":              "",
	} {
		if got := similarNamespace(name, index); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
