package placement

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/profiles"
)

// A near miss is a letter away, or two from five letters on, or the start of the other name.
func TestSimilarNamespace(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("p",
		fargatetest.Selects("production"), fargatetest.Selects("payments"), fargatetest.Selects("dev"), fargatetest.Selects("team-*"), fargatetest.Selects("payment-api"),
		fargatetest.Selects("qa"), fargatetest.Selects("*-jobs-?"), fargatetest.Selects("blue?"), fargatetest.Selects("z*"))})
	for name, want := range map[string]string{
		"prodution":                            "production",
		"produxtion":                           "production",
		"prodtion":                             "production",
		"prod":                                 "production",
		"production-eu":                        "production",
		"payment":                              "payments", // a letter comes before a beginning
		"paymant-api":                          "payment-api",
		"pro":                                  "", // too short to be the beginning of anything
		"deb":                                  "dev",
		"devs":                                 "dev",
		"de":                                   "", // too short for a typo
		"devel":                                "", // two letters more, of three
		"d3b":                                  "",
		"dve":                                  "", // two letters, of three
		"qb":                                   "",
		"tem-a":                                "team-*",
		"teem-a":                               "team-*",
		"taem-a":                               "team-*",
		"team":                                 "team-*",
		"tam":                                  "", // two letters, of three
		"dreams-a":                             "",
		"night-job-1":                          "*-jobs-?",
		"night-jobs-":                          "*-jobs-?",
		"night-job1":                           "*-jobs-?",
		"blues1":                               "blue?",
		"y":                                    "",
		"web":                                  "",
		"":                                     "",
		strings.Repeat("x", 63) + "production": "",
	} {
		if got := similarNamespace(name, index); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// The nearest name wins, whatever its place in the alphabet.
func TestNearestNamespaceWins(t *testing.T) {
	index := profiles.NewIndex([]profiles.Profile{fargatetest.Profile("p", fargatetest.Selects("aplicaton"), fargatetest.Selects("application"))})
	if got := similarNamespace("applicatio", index); got != "application" {
		t.Errorf("got %q", got)
	}
}

// The distance is the least number of letters to change until the pattern matches: none exactly
// where it matches, and one less after a change that helps.
func TestLawDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching("[ab*?]{0,6}").Draw(t, "pattern")
		name := rapid.StringMatching("[abc]{0,6}").Draw(t, "name")
		if got, want := distance(pattern, name), naiveDistance(pattern, name); got != want {
			t.Errorf("%q and %q: %d, want %d", pattern, name, got, want)
		}
		if (distance(pattern, name) == 0) != profiles.NewPattern(pattern).Match(name) {
			t.Errorf("%q and %q: the distance is %d", pattern, name, distance(pattern, name))
		}
	})
}

// naiveDistance tries everything.
func naiveDistance(pattern, name string) int {
	switch {
	case pattern == "":
		return len(name)
	case pattern[0] == '*':
		least := naiveDistance(pattern[1:], name)
		if name != "" {
			least = min(least, naiveDistance(pattern, name[1:]))
		}
		return least
	case name == "":
		return 1 + naiveDistance(pattern[1:], name)
	}
	cost := 1
	if pattern[0] == '?' || pattern[0] == name[0] {
		cost = 0
	}
	return min(cost+naiveDistance(pattern[1:], name[1:]), 1+naiveDistance(pattern[1:], name), 1+naiveDistance(pattern, name[1:]))
}
