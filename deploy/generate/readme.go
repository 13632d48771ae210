package main

import (
	_ "embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed readme.md
var readmeHead string

// readme returns the chart's README.md: how to install it, and a row for each value with its
// default and its comment.
func readme(values []byte) (string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(values, &document); err != nil {
		return "", fmt.Errorf("values.yaml: %w", err)
	}
	var table strings.Builder
	if err := rows(&table, document.Content[0], ""); err != nil {
		return "", err
	}
	return readmeHead + table.String(), nil
}

// rows writes the rows of the fields of a mapping at a path. A field whose value is a block of
// fields has rows of its own; one whose value is written in braces is a value.
func rows(table *strings.Builder, fields *yaml.Node, at string) error {
	for i := 0; i < len(fields.Content); i += 2 {
		key, value := fields.Content[i], fields.Content[i+1]
		path := at + key.Value
		about := text(key.HeadComment)
		if about == "" {
			return fmt.Errorf("values.yaml:%d: %s has no comment above it", key.Line, path)
		}
		if value.Kind == yaml.MappingNode && value.Style&yaml.FlowStyle == 0 {
			fmt.Fprintf(table, "| **`%s`** | | %s |\n", path, about)
			if err := rows(table, value, path+"."); err != nil {
				return err
			}
			continue
		}
		standard, err := flow(value)
		if err != nil {
			return fmt.Errorf("values.yaml:%d: %w", value.Line, err)
		}
		fmt.Fprintf(table, "| `%s` | `%s` | %s |\n", path, standard, about)
	}
	return nil
}

// text returns the last paragraph of a comment as one line.
func text(comment string) string {
	paragraphs := strings.Split(comment, "\n\n")
	var words []string
	for line := range strings.Lines(paragraphs[len(paragraphs)-1]) {
		words = append(words, strings.Fields(strings.TrimLeft(line, "# "))...)
	}
	return strings.ReplaceAll(strings.Join(words, " "), "|", `\|`)
}

// flow returns a value on one line.
func flow(value *yaml.Node) (string, error) {
	one := *value
	one.HeadComment, one.LineComment, one.FootComment = "", "", ""
	one.Style |= yaml.FlowStyle
	if one.Kind == yaml.ScalarNode {
		one.Style = value.Style
	}
	out, err := yaml.Marshal(&one)
	if err != nil {
		return "", err
	}
	return strings.Join(strings.Fields(string(out)), " "), nil
}
