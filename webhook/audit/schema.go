package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// kind is a type of values: its name in the documentation, and its JSON Schema.
type kind struct {
	name   string
	schema map[string]any
}

var (
	textKind    = kind{"string", map[string]any{"type": "string"}}
	boolKind    = kind{"boolean", map[string]any{"type": "boolean"}}
	trueKind    = kind{"boolean", map[string]any{"const": true}}
	timeKind    = kind{"string", map[string]any{"type": "string", "format": "date-time"}}
	countKind   = kind{"integer", map[string]any{"type": "integer", "minimum": 1}}
	repeatsKind = kind{"integer", map[string]any{"type": "integer", "minimum": 2}}
	textsKind   = listOf(textKind)
	mapKind     = kind{"object of strings", map[string]any{"type": "object", "minProperties": 1, "additionalProperties": textKind.schema}}

	findingKind  = object([]string{"rule", "field", "message"}, map[string]any{"rule": textKind.schema, "field": textKind.schema, "message": textKind.schema})
	quantities   = object(nil, map[string]any{"cpu": textKind.schema, "memory": textKind.schema})
	requirements = object(nil, map[string]any{"requests": quantities.schema, "limits": quantities.schema})

	resourcesKind = object([]string{"container", "before", "after"}, map[string]any{"container": textKind.schema, "before": requirements.schema, "after": requirements.schema})
)

// oneOf returns the kind of certain texts.
func oneOf(values ...string) kind {
	return kind{"`" + strings.Join(values, "`, `") + "`", map[string]any{"enum": values}}
}

// listOf returns the kind of lists.
func listOf(item kind) kind {
	return kind{"list of " + item.name + "s", map[string]any{"type": "array", "items": item.schema}}
}

// object returns the kind of objects with certain fields and no others.
func object(required []string, properties map[string]any) kind {
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return kind{"object", schema}
}

// Schema returns the JSON Schema of a line.
func Schema() ([]byte, error) {
	var required []string
	properties := map[string]any{}
	for i := range fields {
		f := &fields[i]
		schema := map[string]any{"description": plain(f)}
		maps.Copy(schema, f.kind.schema)
		properties[f.name] = schema
		if f.always {
			required = append(required, f.name)
		}
	}
	whole := object(required, properties).schema
	whole["$schema"] = "http://json-schema.org/draft-07/schema#"
	whole["title"] = "A line of the audit log of fargate-webhook"
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(whole); err != nil {
		return nil, fmt.Errorf("encode the schema: %w", err)
	}
	return out.Bytes(), nil
}

// plain returns the meaning of a field without the markup of links.
func plain(f *field) string {
	text, link, found := strings.Cut(f.meaning, "](")
	if !found {
		return f.meaning
	}
	_, after, _ := strings.Cut(link, ")")
	return strings.Replace(text, "[", "", 1) + after
}

// Table returns the fields of a line as a Markdown table.
func Table() string {
	var b strings.Builder
	b.WriteString("| Field | Type | In | Meaning |\n|---|---|---|---|\n")
	for i := range fields {
		f := &fields[i]
		in := f.when
		if in == "" {
			in = "every line"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.name, f.kind.name, in, f.meaning)
	}
	return b.String()
}
