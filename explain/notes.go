package explain

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"fargate-webhook/migration"
)

// NotesList returns a table of the notes about a migration, one a line.
func NotesList(all []*migration.Note) string {
	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NOTE\tTO\tSAYS THAT") //nolint:errcheck // it writes to memory
	for _, note := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\n", note.ID, targetsOf(note), note.Title) //nolint:errcheck // as above
	}
	table.Flush() //nolint:errcheck // as above
	return out.String()
}

// targetsOf returns the targets that a note is about.
func targetsOf(note *migration.Note) string {
	if note.Only != "" {
		return string(note.Only)
	}
	return string(migration.AutoMode) + ", " + string(migration.EC2)
}

// Note returns the page of a note for a terminal.
func Note(note *migration.Note) string {
	var sections []part
	for _, p := range parts(&note.Rule) {
		if p.heading == changeAction {
			p = part{heading: "When", paragraphs: []string{
				fmt.Sprintf("review --to finds it for the targets %s. Admission doesn't: it refuses and changes nothing for it. This annotation, on the object or on its pod template, takes it out of the result:", targetsOf(note)),
				"  fargate-webhook/ignore-" + string(note.ID) + `: "why"`,
			}}
		}
		sections = append(sections, p)
	}
	return page(&note.Rule, sections)
}

// NotesMarkdown returns the notes as a table and a section each, for docs/migration.md.
func NotesMarkdown(all []*migration.Note) string {
	var out strings.Builder
	out.WriteString("| note | to | severity | says that |\n|---|---|---|---|\n")
	for _, note := range all {
		fmt.Fprintf(&out, "| [%s](#%[1]s) | %s | %s | %s |\n", note.ID, targetsOf(note), note.Severity, note.Title)
	}
	for _, note := range all {
		fmt.Fprintf(&out, "\n### %s\n\n%s\n\n**Why.** %s\n\n**What to do.** %s\n\n**References.**\n\n", note.ID, note.What, note.Why, sentence(note.Fix))
		for _, reference := range note.References {
			out.WriteString("- " + reference + "\n")
		}
		out.WriteString("- " + facts(&note.Rule) + "\n")
	}
	return out.String()
}
