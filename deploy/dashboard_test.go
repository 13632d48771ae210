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
	Panels []struct {
		ID                       int
		Type, Title, Description string
		GridPos                  struct{ X, Y, W, H int }
		Targets                  []struct{ RefID, Expr string }
	}
}

// The dashboard asks for metrics that the docs describe, and its panels don't overlap.
func TestDashboard(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("chart", "dashboards", "fargate-webhook.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	docs := allDocs(t)
	name := regexp.MustCompile(`fargate_webhook_\w+`)
	ids, taken, queries := []int{}, map[[2]int]string{}, 0
	for _, panel := range d.Panels {
		if slices.Contains(ids, panel.ID) {
			t.Errorf("two panels have the id %d", panel.ID)
		}
		ids = append(ids, panel.ID)
		for x := range panel.GridPos.W {
			for y := range panel.GridPos.H {
				at := [2]int{panel.GridPos.X + x, panel.GridPos.Y + y}
				if other, ok := taken[at]; ok || at[0] >= 24 {
					t.Fatalf("%q overlaps %q, or is outside", panel.Title, other)
				}
				taken[at] = panel.Title
			}
		}
		if panel.Type == "row" {
			continue
		}
		if panel.Title == "" || panel.Description == "" || len(panel.Targets) == 0 {
			t.Errorf("panel %q lacks a title, a description or a query", panel.Title)
		}
		for _, target := range panel.Targets {
			queries++
			for _, metric := range name.FindAllString(target.Expr, -1) {
				if !strings.Contains(docs, "`"+metric) {
					t.Errorf("panel %q: the docs don't describe %s", panel.Title, metric)
				}
			}
		}
	}
	if d.UID == "" || queries < 10 {
		t.Errorf("dashboard %q has %d queries", d.UID, queries)
	}
}
