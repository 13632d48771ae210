package rules

import (
	"strconv"
	"testing"
	"time"
)

// Hundreds of thousands of subjects or values, as many as a request body holds, become one short
// message in time that grows no faster than their number.
func TestFindingsOfManyViolations(t *testing.T) {
	const n = 200_000
	app := Subject{"container", "app"}
	var subjects, values []Violation
	for i := range n {
		name := strconv.Itoa(i)
		subjects = append(subjects, violated(Subject{"container", name}, "80", name))
		values = append(values, violated(app, name, name))
	}
	for _, c := range []struct {
		violations []Violation
		want       string
	}{
		{subjects, `containers "0" (80), "1" (80), "2" (80), "3" (80), "4" (80), "5" (80), "6" (80), "7" (80), "8" (80), "9" (80) and 199990 more must not`},
		{values, `container "app" (0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 199990 more) must not`},
	} {
		started := time.Now()
		found := Findings(c.violations)
		if took := time.Since(started); took > time.Minute {
			t.Errorf("%d violations take %s", n, took)
		}
		if len(found) != 1 || found[0].Message != c.want || len(found[0].Fields) != n {
			t.Errorf("got %d findings, the first says %s", len(found), found[0].Message)
		}
	}
}
