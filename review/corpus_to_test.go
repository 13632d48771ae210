package review_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"fargate-webhook/migration"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

// corpusTo reviews the corpus as if its pods, which run on Fargate where profiles take them, left for
// a target.
func corpusTo(t *testing.T, to migration.Target, list []profiles.Profile) []review.Item {
	t.Helper()
	reviewer := &review.Reviewer{Index: profiles.NewIndex(list), Policy: policy.Default(), Namespace: "default", To: to}
	report, _ := reviewer.Paths([]string{corpus}, true, nil) // what can't be read is TestCorpus's
	if len(report.Items) == 0 {
		t.Skip("the corpus of real manifests is not beside the repository")
	}
	return report.Items
}

// TestCorpusTo counts the notes about real manifests, so that a change of what is noted shows.
// UPDATE=1 rewrites the file.
func TestCorpusTo(t *testing.T) {
	every := []profiles.Profile{{Name: "every", Status: profiles.StatusActive, Selectors: []profiles.Selector{{Namespace: "*"}}}}
	var rows []string
	for _, to := range []migration.Target{migration.AutoMode, migration.EC2} {
		counts := map[string]int{}
		for _, item := range corpusTo(t, to, every) {
			if item.Denied() {
				t.Errorf("%s %s is denied", item.Kind, item.Name)
			}
			for i := range item.Findings {
				if f := &item.Findings[i]; migration.ByID(f.Rule) != nil {
					counts[string(f.Rule)+"\t"+item.Kind]++
				}
			}
		}
		for _, of := range slices.Sorted(maps.Keys(counts)) {
			rows = append(rows, fmt.Sprintf("%s\t%s\t%d", to, of, counts[of]))
		}
	}
	compareWithFile(t, "testdata/corpus-to.txt", []byte(table(
		"How many objects of the corpus, all on Fargate, have a note about leaving it.\n\n", []string{"TO\tNOTE\tKIND\tOBJECTS"}, rows)))
}

// TestCorpusElsewhere has no profiles: of real manifests whose pods run on nodes already, nothing
// is noted.
func TestCorpusElsewhere(t *testing.T) {
	for _, to := range []migration.Target{migration.AutoMode, migration.EC2} {
		for _, item := range corpusTo(t, to, nil) {
			for i := range item.Findings {
				t.Errorf("%s: %s %s %s: %s", to, item.Source, item.Kind, item.Name, item.Findings[i].Message)
			}
		}
	}
}
