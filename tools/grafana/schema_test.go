// Package grafana checks the chart's dashboard against Grafana's schema, as Grafana's SDK has it in Go.
package grafana

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// check returns what the schema has against a dashboard: unknown fields, missing ones, values that it
// doesn't allow.
func check(content []byte) error {
	// The SDK takes any options of a panel that it doesn't know.
	runtime := cog.NewRuntime()
	for _, panel := range []variants.PanelcfgConfig{stat.VariantConfig(), table.VariantConfig(), timeseries.VariantConfig()} {
		runtime.RegisterPanelcfgVariant(panel)
	}
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	var strict, d dashboard.Dashboard //nolint:staticcheck // all versions of Grafana import this format, and only new ones version 2
	if err := actual(strict.UnmarshalJSONStrict(content)); err != nil {
		return err
	}
	// Read strictly, it lacks some of what is right.
	if err := json.Unmarshal(content, &d); err != nil {
		return err
	}
	problems := []error{actual(d.Validate())}
	panels := 0
	for _, panel := range d.Panels {
		if panel.Panel == nil {
			continue // a row
		}
		panels++
		if _, known := runtime.ConfigForPanelcfgVariant(panel.Panel.Type); !known {
			problems = append(problems, fmt.Errorf("panel %q: add the schema of type %q to this test", *panel.Panel.Title, panel.Panel.Type))
		}
		for _, target := range panel.Panel.Targets {
			if target.DataqueryType() != "prometheus" {
				problems = append(problems, fmt.Errorf("panel %q: a query is of type %q", *panel.Panel.Title, target.DataqueryType()))
			}
		}
	}
	if panels < 40 {
		problems = append(problems, fmt.Errorf("there are %d panels", panels))
	}
	return errors.Join(problems...)
}

// actual drops an empty list of errors, which the SDK returns for what is right.
func actual(err error) error {
	var list cog.BuildErrors
	if errors.As(err, &list) && len(list) == 0 {
		return nil
	}
	return err
}

func content(t *testing.T) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "deploy", "chart", "dashboards", "fargate-webhook.json"))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestSchema(t *testing.T) {
	if err := check(content(t)); err != nil {
		t.Error(err)
	}
}

// What is misspelled or of another type anywhere in the dashboard is found.
func TestSchemaIsStrict(t *testing.T) {
	for name, change := range map[string][2]string{
		"a field of the dashboard":     {`"schemaVersion":`, `"schemaVersoin":`},
		"a field of a panel":           {`"fieldConfig":`, `"fieldsConfig":`},
		"a field of a position":        {`"w": 4`, `"width": 4`},
		"an option of a stat":          {`"graphMode":`, `"graphModus":`},
		"an option of a time series":   {`"showLegend":`, `"showLegends":`},
		"an option of a table":         {`"showHeader":`, `"showHeaders":`},
		"a custom field":               {`"lineWidth":`, `"lineWidths":`},
		"a field of a query":           {`"legendFormat":`, `"legendFromat":`},
		"a type":                       {`"lineWidth": 1`, `"lineWidth": "1"`},
		"a number out of its range":    {`"w": 24`, `"w": 25`},
		"a type of panel without test": {`"type": "table"`, `"type": "tables"`},
	} {
		before := content(t)
		after := bytes.Replace(before, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(before, after) {
			t.Errorf("%s: the dashboard has no %s", name, change[0])
		} else if check(after) == nil {
			t.Errorf("%s: the schema allows %s", name, change[1])
		}
	}
}
