package explain_test

import (
	"strings"
	"testing"

	"fargate-webhook/explain"
	"fargate-webhook/migration"
)

// The page of a note says what a rule's page does, but not how to change an action that it doesn't
// have.
func TestEveryNoteHasAPage(t *testing.T) {
	all := migration.All()
	list, document := explain.NotesList(all), explain.NotesMarkdown(all)
	for _, note := range all {
		id := string(note.ID)
		page := explain.Note(note)
		last := -1
		for _, want := range []string{
			id + ": " + note.Title + "\n", "\nWHAT\n", "\nWHY\n", "\nFIX\n", "\nWHEN\n", "    fargate-webhook/ignore-" + id + ": ", "\nREFERENCES\n",
		} {
			at := strings.Index(page[last+1:], want)
			if at < 0 {
				t.Errorf("%s: the page must contain %q, in this order:\n%s", id, want, page)
				break
			}
			last += 1 + at
		}
		for _, never := range []string{"policy file", "compute-type: ec2 keeps"} {
			if strings.Contains(page, never) {
				t.Errorf("%s: the page must not contain %q:\n%s", id, never, page)
			}
		}
		if !strings.Contains(list, id) || !strings.Contains(document, "\n### "+id+"\n") || !strings.Contains(document, "(#"+id+")") {
			t.Errorf("%s must be in the list and in the document", id)
		}
		for line := range strings.Lines(page) {
			if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "  ") && !strings.Contains(line, "ignore-") && len([]rune(line)) > 80 && strings.Count(strings.TrimPrefix(strings.TrimSpace(line), "- "), " ") > 0 {
				t.Errorf("%s: a line of %d characters: %s", id, len([]rune(line)), line)
			}
		}
	}
}

func TestTargetsOfNotes(t *testing.T) {
	list := explain.NotesList(migration.All())
	for _, want := range []string{"ebs-provisioner           auto-mode       ", "efs-driver                auto-mode, ec2  "} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q:\n%s", want, list)
		}
	}
}
