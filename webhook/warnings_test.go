package webhook

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

func warned(rule, field, message, remedy string) rules.Finding {
	return rules.Finding{Rule: policy.RuleID(rule), Action: policy.Warn, Field: field, Message: message, Remedy: remedy}
}

func TestWarnings(t *testing.T) {
	long := strings.Repeat("word ", 40) // 200 bytes
	for name, c := range map[string]struct {
		findings []rules.Finding
		want     []string
	}{
		"none":                        {nil, nil},
		"all of it":                   {[]rules.Finding{warned("a", "spec.x", "is odd", "mend it")}, []string{"[a] spec.x: is odd; mend it"}},
		"no field":                    {[]rules.Finding{warned("a", "", "is odd", "mend it")}, []string{"[a] is odd; mend it"}},
		"no remedy":                   {[]rules.Finding{warned("a", "spec.x", "is odd", "")}, []string{"[a] spec.x: is odd"}},
		"remedy beyond what is short": {[]rules.Finding{warned("a", "spec.x", strings.Repeat("m", 60), strings.Repeat("r", 47))}, []string{"[a] spec.x: " + strings.Repeat("m", 60)}},
		"remedy just as short":        {[]rules.Finding{warned("a", "spec.x", strings.Repeat("m", 60), strings.Repeat("r", 46))}, []string{"[a] spec.x: " + strings.Repeat("m", 60) + "; " + strings.Repeat("r", 46)}},
		"long remedy":                 {[]rules.Finding{warned("a", "spec.x", long, long)}, []string{"[a] spec.x: " + long}},
		"long field":                  {[]rules.Finding{warned("a", long, long, "mend it")}, []string{"[a] " + long}},
		"long message":                {[]rules.Finding{warned("a", "", long+long, "")}, []string{"[a] " + strings.TrimSuffix(strings.Repeat("word ", 49), " ") + "…"}},
		"once each":                   {[]rules.Finding{warned("a", "", "is odd", ""), warned("b", "", "is odd", ""), warned("a", "", "is odd", "")}, []string{"[a] is odd", "[b] is odd"}},
		"in one line":                 {[]rules.Finding{warned("a", "", "is\nodd\x1b[31m \xff", "")}, []string{"[a] is odd [31m \uFFFD"}},
		// Of these rules only profile-pin denies by default.
		"what will be refused comes first": {
			[]rules.Finding{warned("a", "", "odd", ""), warned("profile-pin", "", "gone", ""), warned("b", "", "odd", "")},
			[]string{"[profile-pin] gone", "[a] odd", "[b] odd"},
		},
	} {
		if diff := cmp.Diff(c.want, warnings(c.findings)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

// numbered are so many findings of the same length.
func numbered(count int) []rules.Finding {
	var list []rules.Finding
	for i := range count {
		list = append(list, warned("a", "", fmt.Sprintf("%04d %s", i, strings.Repeat("x", 41)), strings.Repeat("y", 58)))
	}
	return list
}

// Each is 50 bytes long, and 110 with its remedy.
func TestWarningsInAll(t *testing.T) {
	for _, c := range []struct {
		findings, told int
		remedies       bool
		last           string
	}{
		{37, 37, true, ""},
		{38, 38, false, ""},
		{81, 81, false, ""},
		{82, 80, false, "[fargate-webhook] 2 more findings: run fargate-webhook review"},
		{5000, 80, false, "[fargate-webhook] 4920 more findings: run fargate-webhook review"},
	} {
		got := warnings(numbered(c.findings))
		if c.last != "" {
			if got[len(got)-1] != c.last {
				t.Errorf("of %d: the last is %q", c.findings, got[len(got)-1])
			}
			got = got[:len(got)-1]
		}
		if len(got) != c.told || strings.Contains(got[0], "; y") != c.remedies {
			t.Errorf("of %d: %d are told, the first is %q", c.findings, len(got), got[0])
		}
	}
}

// Whatever is found, the warnings keep the API server's limits, can be sent as
// headers, and the first findings are told.
func TestLawWarnings(t *testing.T) {
	rules := []string{"profile-pin", "node-port", "kubelet-port", "other"}
	anyText := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "is odd", strings.Repeat("é", 200), strings.Repeat("a word ", 30), "\xff\r\n\x00"}))
	rapid.Check(t, func(t *rapid.T) {
		findings := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rules.Finding {
			return warned(rapid.SampledFrom(rules).Draw(t, "rule"), anyText.Draw(t, "field"), anyText.Draw(t, "message"), anyText.Draw(t, "remedy"))
		}), 0, 80).Draw(t, "findings")
		before := slices.Clone(findings)
		got := warnings(findings)
		total := 0
		for i, text := range got {
			total += len(text)
			if _, err := utilnet.NewWarningHeader(299, "", text); err != nil || text == "" || len(text) > maxWarning || slices.Contains(got[:i], text) {
				t.Fatalf("%q can't be a warning: %v", text, err)
			}
		}
		if total > maxWarnings || (len(got) == 0) != (len(findings) == 0) {
			t.Fatalf("%d warnings of %d bytes", len(got), total)
		}
		left := strings.HasPrefix(strings.Join(got[max(len(got)-1, 0):], ""), "[fargate-webhook] ")
		first := byImportance(findings)
		for i := range first {
			known := slices.Contains(got, warningText(&first[i], true)) || slices.Contains(got, warningText(&first[i], false))
			if !known && (i == 0 || !left) {
				t.Fatalf("finding %d is not told in %q", i, got)
			}
		}
		if !cmp.Equal(before, findings, cmp.Comparer(func(a, b rules.Finding) bool { return a == b })) {
			t.Fatal("the findings were changed")
		}
	})
}
