package webhook

import (
	"fmt"
	"reflect"
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
	refused := func(rule, message, remedy string) rules.Finding {
		f := warned(rule, "spec.template.spec", message, remedy)
		f.PodsRefused = true
		return f
	}
	for name, c := range map[string]struct {
		findings []rules.Finding
		want     []string
	}{
		"none":                           {nil, nil},
		"with the fix":                   {[]rules.Finding{warned("a", "spec.x", "x is odd", "remove x")}, []string{"a: x is odd; remove x"}},
		"without a fix":                  {[]rules.Finding{warned("a", "spec.x", "x is odd", "")}, []string{"a: x is odd"}},
		"a fix that makes it too long":   {[]rules.Finding{warned("a", "spec.x", strings.Repeat("m", 60), strings.Repeat("r", 56))}, []string{"a: " + strings.Repeat("m", 60)}},
		"a fix that just keeps it short": {[]rules.Finding{warned("a", "spec.x", strings.Repeat("m", 60), strings.Repeat("r", 55))}, []string{"a: " + strings.Repeat("m", 60) + "; " + strings.Repeat("r", 55)}},
		"a long fix":                     {[]rules.Finding{warned("a", "spec.x", long, long)}, []string{"a: " + long}},
		"a long message":                 {[]rules.Finding{warned("a", "", long+long, "")}, []string{"a: " + strings.TrimSuffix(strings.Repeat("word ", 50), " ") + "…"}},
		"each once":                      {[]rules.Finding{warned("a", "", "x is odd", ""), warned("b", "", "x is odd", ""), warned("a", "", "x is odd", "")}, []string{"a: x is odd", "b: x is odd"}},
		"on one line":                    {[]rules.Finding{warned("a", "", "is\nodd\x1b[31m \xff", "")}, []string{"a: is odd [31m \uFFFD"}},
		"pods that will be refused": {
			[]rules.Finding{refused("host-port", `container "web" (80) must not set hostPort`, "remove hostPort")},
			[]string{`Fargate will refuse these pods: host-port: container "web" (80) must not set hostPort; remove hostPort`},
		},
		"pods that will be refused, with a long fix": {
			[]rules.Finding{refused("host-port", strings.Repeat("m", 100), strings.Repeat("r", 111))},
			[]string{"Fargate will refuse these pods: host-port: " + strings.Repeat("m", 100) + "; " + strings.Repeat("r", 111)},
		},
		"pods that will be refused, too long with the fix": {
			[]rules.Finding{refused("host-port", strings.Repeat("m", 100), strings.Repeat("r", 112))},
			[]string{"Fargate will refuse these pods: host-port: " + strings.Repeat("m", 100)},
		},
		// Of these rules only profile-pin denies by default.
		"what will be refused comes first": {
			[]rules.Finding{warned("a", "", "odd", ""), warned("profile-pin", "", "gone", ""), warned("b", "", "odd", "")},
			[]string{"profile-pin: gone", "a: odd", "b: odd"},
		},
	} {
		if diff := cmp.Diff(c.want, warnings(c.findings)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

// numbered returns findings whose warnings have the same length.
func numbered(count int) []rules.Finding {
	var list []rules.Finding
	for i := range count {
		list = append(list, warned("a", "", fmt.Sprintf("%04d %s", i, strings.Repeat("x", 42)), strings.Repeat("y", 58)))
	}
	return list
}

// Each warning is 50 bytes long, and 110 with its fix.
func TestWarningsAreBounded(t *testing.T) {
	for _, c := range []struct {
		findings, listed int
		remedies         bool
		last             string
	}{
		{37, 37, true, ""},
		{38, 38, false, ""},
		{81, 81, false, ""},
		{82, 81, false, "1 more finding: run fargate-webhook review"},
		{83, 81, false, "2 more findings: run fargate-webhook review"},
		{5000, 81, false, "4919 more findings: run fargate-webhook review"},
	} {
		got := warnings(numbered(c.findings))
		if c.last != "" {
			if got[len(got)-1] != c.last {
				t.Errorf("of %d: the last is %q", c.findings, got[len(got)-1])
			}
			got = got[:len(got)-1]
		}
		if len(got) != c.listed || strings.Contains(got[0], "; y") != c.remedies {
			t.Errorf("of %d: %d are listed, the first is %q", c.findings, len(got), got[0])
		}
	}
}

// Whatever is found, the warnings keep the limits of the API server, fit into headers, and have the
// first findings.
func TestLawWarnings(t *testing.T) {
	ids := []string{"profile-pin", "node-port", "kubelet-port", "other"}
	anyText := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "is odd", strings.Repeat("é", 200), strings.Repeat("a word ", 30), "\xff\r\n\x00"}))
	rapid.Check(t, func(t *rapid.T) {
		findings := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rules.Finding {
			f := warned(rapid.SampledFrom(ids).Draw(t, "rule"), anyText.Draw(t, "field"), anyText.Draw(t, "message"), anyText.Draw(t, "remedy"))
			f.PodsRefused = rapid.Bool().Draw(t, "pods refused")
			return f
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
		left := strings.HasSuffix(strings.Join(got[max(len(got)-1, 0):], ""), ": run fargate-webhook review")
		first := byImportance(findings)
		for i := range first {
			known := slices.Contains(got, warningText(&first[i], true)) || slices.Contains(got, warningText(&first[i], false))
			if !known && (i == 0 || !left) {
				t.Fatalf("finding %d is missing in %q", i, got)
			}
		}
		if !reflect.DeepEqual(before, findings) {
			t.Fatal("the findings were changed")
		}
	})
}
