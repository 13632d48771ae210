package file_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/fargate"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/policy"
	"fargate-webhook/policy/file"
)

// Any file is a whole policy or an error that names the file, and the same each time.
func FuzzParse(f *testing.F) {
	for _, path := range slices.Concat(files(f, "good"), files(f, "bad")) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(head + "minimum: {cpu: 1e99, memory: 0.1Ki}\n"))
	f.Add([]byte(head + "namespaces: &n [{<<: *n}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := file.Parse("p.yaml", data, fargate.Vocabulary())
		second, again := file.Parse("p.yaml", data, fargate.Vocabulary())
		if (err == nil) != (again == nil) || err != nil && err.Error() != again.Error() {
			t.Fatalf("first %v, then %v", err, again)
		}
		if diff := cmp.Diff(show(&first), show(&second)); diff != "" {
			t.Fatalf("-first +second: %s", diff)
		}
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "p.yaml:") {
					t.Errorf("the file isn't named in %q of %q", line, err)
				}
			}
			if diff := cmp.Diff(policy.Policy{}, first); diff != "" {
				t.Errorf("an error, and a policy: %s", diff)
			}
			return
		}
		checkSettings(t, &first.Settings)
		for i := range first.Namespaces {
			checkSettings(t, &first.Namespaces[i].Settings)
		}
	})
}

// checkSettings checks that every setting has a known value.
func checkSettings(t *testing.T, s *policy.Settings) {
	t.Helper()
	if !slices.Contains([]policy.Labels{policy.LabelsInject, policy.LabelsOff}, s.Labels) ||
		!slices.Contains([]policy.Resources{policy.ResourcesFit, policy.ResourcesGuaranteed, policy.ResourcesLimits, policy.ResourcesOff}, s.Resources) ||
		!slices.Contains([]policy.Quota{policy.QuotaHold, policy.QuotaRaise}, s.UnderQuota) {
		t.Errorf("settings %+v", s)
	}
	actions := []policy.Action{s.Workloads}
	for id, action := range s.Rules {
		if !strings.Contains(", "+strings.ReplaceAll(ruleIDs(), " and ", ", ")+",", ", "+string(id)+",") {
			t.Errorf("a rule %q", id)
		}
		actions = append(actions, action)
	}
	for _, action := range actions {
		if !slices.Contains([]policy.Action{policy.Deny, policy.Warn, policy.Off}, action) {
			t.Errorf("settings %+v", s)
		}
	}
	minimum := sizing.AmountIn(s.Minimum)
	if _, fits := sizing.For(minimum); !fits || minimum.MilliCPU < 0 || minimum.MilliBytes < 0 {
		t.Errorf("minimum %+v", s.Minimum)
	}
	if slices.Contains(slices.Concat(s.AllowedVolumeTypes, s.AllowedVolumeDrivers, s.AllowedCapabilities), "") {
		t.Errorf("settings %+v", s)
	}
}
