package world

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fargate-webhook/test/cluster"
)

// quiet are the panels whose series are 0 while all is well, and why nothing in this test changes that.
var quiet = map[string]string{
	"Requests in flight":            "few are at the moment of a scrape",
	"Requests without a decision":   "the webhook answers",
	"Turned away or refused unread": "there is room, and no review is forged; test/limits has those",
	"Audit lines dropped":           "the file of the audit log can be written",
	"Repairs of the registration":   "a repair would disturb other tests; test/e2e changes the configurations",
	"Profiles of an earlier run":    "the source answers",
}

// absent are the queries of which a healthy webhook has no series.
var absent = map[string]string{
	"Events on workloads": "there are none without --workload-events",
}

// panel is what is read of a panel.
type panel struct {
	Type, Title string
	Targets     []struct{ RefID, Expr string }
}

// question is a query of a panel, and which job it is asked about.
type question struct {
	panel, expr, job string
	instant          bool
}

func (q question) String() string { return fmt.Sprintf("panel %q, job %s: %s", q.panel, q.job, q.expr) }

// questions returns the queries of the dashboard, each for the job with classic buckets and for the
// one with native ones. Grafana replaces the variables likewise.
func questions(t *testing.T) (all []question) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "deploy", "chart", "dashboards", "fargate-webhook.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct{ Panels []panel }
	if err := json.Unmarshal(content, &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			for _, job := range []string{classic, native} {
				expr := strings.NewReplacer("$namespace", job, "$__rate_interval", "10s", "$__range", "2m").Replace(target.Expr)
				if strings.Contains(expr, "$") {
					t.Errorf("panel %q has a variable that this test doesn't know: %s", p.Title, expr)
				}
				all = append(all, question{p.Title, expr, job, p.Type != "timeseries"})
			}
		}
	}
	return all
}

// TestDashboard: a real Prometheus that has scraped the webhook under load has an answer to each
// query of the Grafana dashboard. Where all is well some are 0; all others are not.
func TestDashboard(t *testing.T) {
	f := world(t)
	p := f.prometheus(t)
	open := questions(t)
	titles := map[string]bool{}
	for _, q := range open {
		titles[q.panel] = true
	}
	for _, listed := range []map[string]string{quiet, absent} {
		for title := range maps.Keys(listed) {
			if !titles[title] {
				t.Errorf("no panel has the title %q", title)
			}
		}
	}
	f.load(t)
	unanswered := map[question]error{}
	for _, q := range open {
		unanswered[q] = errors.New("it was never asked")
	}
	err := cluster.Await(t.Context(), deadline, "all panels show something", func(ctx context.Context) error {
		for q := range unanswered {
			switch err := p.answers(ctx, q); {
			case err == nil:
				delete(unanswered, q)
			case ctx.Err() == nil:
				unanswered[q] = err
			}
		}
		if len(unanswered) > 0 {
			return fmt.Errorf("%d queries have no answer", len(unanswered))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for q, err := range unanswered {
		t.Errorf("%s: %v", q, err)
	}
	if err := p.Running(); err != nil {
		t.Error(err)
	}
}

// answers returns nil if the query has the answer that it should have.
func (p *prometheus) answers(ctx context.Context, q question) error {
	values, err := p.query(ctx, q.expr, q.instant)
	if err != nil {
		return err
	}
	if _, allowed := absent[q.panel]; allowed {
		return nil
	}
	if len(values) == 0 {
		return errors.New("there are no series")
	}
	if _, allowed := quiet[q.panel]; allowed {
		return nil
	}
	if !slices.ContainsFunc(values, func(v float64) bool { return v != 0 && !math.IsNaN(v) && !math.IsInf(v, 0) }) {
		return fmt.Errorf("all values are 0, or none: %v", values[:min(len(values), 5)])
	}
	return nil
}

// query returns all values of an expression, now or in the last two minutes.
func (p *prometheus) query(ctx context.Context, expr string, instant bool) ([]float64, error) {
	now := time.Now()
	path, form := "/api/v1/query_range", map[string]string{
		"query": expr, "start": unix(now.Add(-2 * time.Minute)), "end": unix(now), "step": "1",
	}
	if instant {
		path, form = "/api/v1/query", map[string]string{"query": expr, "time": unix(now)}
	}
	var answer struct {
		Data struct {
			Result []struct {
				Value  [2]any
				Values [][2]any
			}
		}
	}
	if err := p.get(ctx, path, form, &answer); err != nil {
		return nil, err
	}
	var all []float64
	for _, series := range answer.Data.Result {
		for _, value := range append(series.Values, series.Value) {
			if text, ok := value[1].(string); ok {
				number, err := strconv.ParseFloat(text, 64)
				if err != nil {
					return nil, err
				}
				all = append(all, number)
			}
		}
	}
	return all, nil
}

func unix(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
