package deploy

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dashboard is what the test reads of Grafana's format.
type dashboard struct {
	UID    string
	Panels []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ UID string }
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct{ Defaults struct{ Unit string } }
	Targets                  []struct {
		Datasource   struct{ UID string }
		RefID, Expr  string
		LegendFormat *string
		Instant      bool
	}
}

// readDashboard returns the dashboard of the chart.
func readDashboard(t *testing.T) dashboard {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("chart", "dashboards", "fargate-webhook.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// The panels are in four rows, each with an id, a title and a place of its own. The page on operations
// has the same rows.
func TestDashboardIsLaidOut(t *testing.T) {
	d := readDashboard(t)
	ids, titles, rows, taken := []int{}, []string{}, []string{}, map[[2]int]string{}
	for _, panel := range d.Panels {
		if slices.Contains(ids, panel.ID) || slices.Contains(titles, panel.Title) {
			t.Errorf("two panels have the id %d or the title %q", panel.ID, panel.Title)
		}
		ids, titles = append(ids, panel.ID), append(titles, panel.Title)
		if panel.Type == "row" {
			rows = append(rows, panel.Title)
		}
		for x := range panel.GridPos.W {
			for y := range panel.GridPos.H {
				at := [2]int{panel.GridPos.X + x, panel.GridPos.Y + y}
				if other, ok := taken[at]; ok || at[0] >= 24 {
					t.Fatalf("%q overlaps %q, or is outside", panel.Title, other)
				}
				taken[at] = panel.Title
			}
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if !strings.Contains(string(page), "\n| "+row+" | ") {
			t.Errorf("docs/operations.md doesn't say what the row %q answers", row)
		}
	}
	if d.UID == "" || len(rows) != 4 {
		t.Errorf("dashboard %q has the rows %q", d.UID, rows)
	}
}

// Each panel has a unit and asks, of the data source and the namespaces that are chosen, for metrics
// that the docs describe. test/world asks a real Prometheus the same.
func TestDashboardAsks(t *testing.T) {
	docs, queries := allDocs(t), 0
	name, selector := regexp.MustCompile(`fargate_webhook_\w+`), regexp.MustCompile(`\w+\{`)
	const source, chosen = "${datasource}", `namespace=~"$namespace"`
	for _, panel := range readDashboard(t).Panels {
		if panel.Type == "row" {
			continue
		}
		if panel.Description == "" || len(panel.Targets) == 0 || panel.FieldConfig.Defaults.Unit == "" || panel.Datasource.UID != source {
			t.Errorf("panel %q lacks a description, a query, a unit or a data source", panel.Title)
		}
		refs := map[string]bool{}
		for _, target := range panel.Targets {
			queries++
			if refs[target.RefID] || target.RefID == "" || target.LegendFormat == nil || target.Datasource.UID != source || target.Instant == (panel.Type == "timeseries") {
				t.Errorf("panel %q: a query has no letter of its own, or lacks a legend or a data source, or is instant in a time series: %s", panel.Title, target.Expr)
			}
			refs[target.RefID] = true
			if selectors := selector.FindAllString(target.Expr, -1); len(selectors) == 0 || len(selectors) != strings.Count(target.Expr, chosen) {
				t.Errorf("panel %q doesn't select the namespaces that are chosen: %s", panel.Title, target.Expr)
			}
			for _, metric := range name.FindAllString(target.Expr, -1) {
				if !strings.Contains(docs, "`"+strings.TrimSuffix(metric, "_bucket")+"`") {
					t.Errorf("panel %q: the docs don't describe %s", panel.Title, metric)
				}
			}
		}
	}
	if queries < 50 {
		t.Errorf("there are %d queries", queries)
	}
}
