// Command figures generates parts of docs/: from examples/resources the table in docs/resources.md
// and its picture, docs/resources.svg; from the notes in migration/ their pages in docs/migration.md;
// from the fields in webhook/audit the table in docs/audit.md, and docs/audit-schema.json; from
// the definitions of the metrics docs/metrics.md.
//
//	go run ./docs/figures
//
// Run it in the root of the repository, as `make docs` does. A test fails if the committed files
// are stale.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"fargate-webhook/cmd/fargate-webhook/serve"
	"fargate-webhook/explain"
	"fargate-webhook/migration"
	"fargate-webhook/webhook/audit"
)

func main() {
	if err := write(context.Background(), "."); err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

// output is a generated file. Its path is relative to the repository's root.
type output struct {
	path    string
	content []byte
}

// outputs generates all files.
func outputs(ctx context.Context, root string) ([]output, error) {
	examples, err := readExamples(ctx, filepath.Join(root, "examples", "resources"))
	if err != nil {
		return nil, err
	}
	const page = "docs/resources.md"
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		return nil, fmt.Errorf("read the page with the table: %w", err)
	}
	text, err = withTable(text, table(examples))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", page, err)
	}
	const notesPage = "docs/migration.md"
	notes, err := os.ReadFile(filepath.Join(root, notesPage))
	if err != nil {
		return nil, fmt.Errorf("read the page with the notes: %w", err)
	}
	notes, err = between(notes, notesBegin, explain.NotesMarkdown(migration.All()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", notesPage, err)
	}
	const auditPage = "docs/audit.md"
	lines, err := os.ReadFile(filepath.Join(root, auditPage))
	if err != nil {
		return nil, fmt.Errorf("read the page with the fields of the audit log: %w", err)
	}
	lines, err = between(lines, auditBegin, audit.Table())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", auditPage, err)
	}
	schema, err := audit.Schema()
	if err != nil {
		return nil, err
	}
	return []output{
		{path: auditPage, content: lines},
		{path: "docs/audit-schema.json", content: schema},
		{path: page, content: text},
		{path: notesPage, content: notes},
		{path: "docs/resources.svg", content: picture(examples)},
		{path: "docs/metrics.md", content: metricsPage(serve.Metrics())},
	}, nil
}

func write(ctx context.Context, root string) error {
	files, err := outputs(ctx, root)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(root, f.path), f.content, 0o644); err != nil { //nolint:gosec // documentation is world-readable
			return fmt.Errorf("write a generated file: %w", err)
		}
	}
	return nil
}
