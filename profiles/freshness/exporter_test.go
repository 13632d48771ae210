package freshness

import (
	"context"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestExporterRegistersWhileItRuns(t *testing.T) {
	registry := prometheus.NewRegistry()
	exporter := Exporter{Registry: registry, Collector: NewCollector(&fakeWatcher{})}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 { // the first run unregistered what it registered
		if err := exporter.Start(ctx); err != nil {
			t.Fatal(err)
		}
	}
	registry.MustRegister(NewCollector(&fakeWatcher{}))
	if err := exporter.Start(ctx); err == nil || !strings.Contains(err.Error(), "register metrics: ") {
		t.Errorf("have %v", err)
	}
}
