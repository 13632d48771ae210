// Command figures writes the parts of docs/ that are made from data: the table
// of docs/resources.md and its picture.
//
//	go run ./docs/figures
//
// It is run in the root of the repository, as `make docs` does. A test fails
// when what it would write is not what is there.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := write(context.Background(), "."); err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

// output is a file, with its path from the repository's root.
type output struct {
	path    string
	content []byte
}

// outputs makes all files anew.
func outputs(ctx context.Context, root string) ([]output, error) {
	examples, err := readExamples(ctx, filepath.Join(root, "examples", "resources"))
	if err != nil {
		return nil, err
	}
	const page = "docs/resources.md"
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		return nil, fmt.Errorf("read the page that the table belongs in: %w", err)
	}
	text, err = withTable(text, table(examples))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", page, err)
	}
	return []output{
		{path: page, content: text},
		{path: "docs/resources.svg", content: picture(examples)},
	}, nil
}

func write(ctx context.Context, root string) error {
	files, err := outputs(ctx, root)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(root, f.path), f.content, 0o644); err != nil { //nolint:gosec // documentation is for all to read
			return fmt.Errorf("write what was made: %w", err)
		}
	}
	return nil
}
