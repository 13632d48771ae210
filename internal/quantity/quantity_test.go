package quantity

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"
)

// Endless quantities are refused before they are parsed: parsing one would hang this test.
func TestParseRefusesEndless(t *testing.T) {
	for _, s := range []string{"1e-2147483647", "1E-2147483647", "1e2147483647", "0.1e-100", "1e+100", strings.Repeat("1", 41), "0." + strings.Repeat("0", 100) + "1"} {
		if q, err := Parse(s); err == nil || !Endless(s) {
			t.Errorf("Parse(%q) is %v, want an error", s, &q)
		}
	}
	for _, s := range []string{"", "much", "1.", "1e", "-", "1 Gi", "E"} {
		_, want := resource.ParseQuantity(s)
		if q, err := Parse(s); (err == nil) != (want == nil) {
			t.Errorf("Parse(%q) is %v, %v, want error %v", s, &q, err, want)
		}
	}
}

// What people and the API server write is parsed as the API does.
func TestLawParseAgreesWithTheAPI(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[+-]?[0-9]{1,15}(\.[0-9]{1,9})?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?[0-9]{1,2})?`).Draw(t, "quantity")
		want, wantErr := resource.ParseQuantity(s)
		got, err := Parse(s)
		if (err == nil) != (wantErr == nil) || got.String() != want.String() {
			t.Fatalf("Parse(%q) is %v, %v, want %v, %v", s, &got, err, &want, wantErr)
		}
	})
}
