package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"fargate-webhook/test/bench/page"
	"fargate-webhook/test/bench/results"
	"fargate-webhook/test/cluster"
)

// render writes the page of the results of the last run again.
func render(_ context.Context, args []string, _, stderr io.Writer) error {
	if err := parse(flag.NewFlagSet("bench render", flag.ContinueOnError), args, stderr); err != nil {
		return err
	}
	root, err := cluster.Root()
	if err != nil {
		return err
	}
	found, err := read(root)
	if err != nil {
		return err
	}
	return writePage(root, found)
}

// read reads the results of the last run.
func read(root string) (*results.Results, error) {
	path := filepath.Join(root, "docs", page.Data)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	found := &results.Results{}
	if err := json.Unmarshal(content, found); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return found, nil
}

// writePage writes the page and its pictures.
func writePage(root string, found *results.Results) error {
	files, err := page.Render(found)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(root, "docs", name), content, 0o644); err != nil { //nolint:gosec // a page for everybody
			return err
		}
	}
	return nil
}
