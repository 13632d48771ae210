package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fargate-webhook/test/bench/creates"
	"fargate-webhook/test/bench/gobench"
	"fargate-webhook/test/bench/handlers"
	"fargate-webhook/test/bench/page"
	"fargate-webhook/test/bench/replica"
	"fargate-webhook/test/bench/results"
	"fargate-webhook/test/bench/stub"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// extent is how much is measured.
type extent struct {
	stageCount   int
	stage        time.Duration // a run of a benchmark
	handlerTurns int
	handler      time.Duration // a turn
	quarter      time.Duration // a size
	idle, busy   time.Duration // a replica gives memory back ten seconds after its start
	turns        int
	single, many int // creates
}

// full takes about a quarter of an hour on two cores, short about two minutes.
var (
	full = extent{
		stageCount: 5, stage: 100 * time.Millisecond, handlerTurns: 15, handler: 100 * time.Millisecond, quarter: 15 * time.Second,
		idle: 15 * time.Second, busy: 10 * time.Second, turns: 30, single: 60, many: 240,
	}
	short = extent{
		stageCount: 1, stage: 5 * time.Millisecond, handlerTurns: 3, handler: 10 * time.Millisecond, quarter: 2 * time.Second,
		idle: time.Second, busy: 2 * time.Second, turns: 1, single: 10, many: 24,
	}
)

// measurement is a run.
type measurement struct {
	extent extent
	root   string
	binary string
	self   string
	log    io.Writer
	found  results.Results
}

// parts are the parts of a run, in their order.
func parts() []struct {
	name string
	run  func(*measurement, context.Context) error
} {
	return []struct {
		name string
		run  func(*measurement, context.Context) error
	}{
		{"stages", (*measurement).stages},
		{"handlers", (*measurement).handlers},
		{"growth", (*measurement).growth},
		{"footprint", (*measurement).footprint},
		{"quarter", (*measurement).quarter},
		{"creates", (*measurement).creates},
	}
}

// measure runs the parts, and writes the page, or prints it if not all was measured in full.
func measure(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	brief := flags.Bool("short", false, "measure little of everything, and print the page")
	chosen := flags.String("parts", "", "measure these parts alone, separated by commas, and print the page: stages, handlers, growth, footprint, quarter, creates")
	turns := flags.Int("turns", 0, "rounds of the creates of pods at most; 0 for the default")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	names, err := names(*chosen)
	if err != nil {
		return err
	}
	m := &measurement{extent: full, log: stderr}
	if *brief {
		m.extent = short
	}
	if *turns > 0 {
		m.extent.turns = *turns
	}
	if m.root, err = cluster.Root(); err != nil {
		return err
	}
	if m.self, err = os.Executable(); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	m.binary = filepath.Join(folder, install.Name)
	if err := m.run(ctx, names); err != nil {
		return err
	}
	if *brief || *chosen != "" {
		text, err := page.Text(&m.found)
		if err != nil {
			return err
		}
		_, err = stdout.Write(text)
		return err
	}
	return m.write()
}

// names returns the parts of a list, all of them for an empty one.
func names(list string) ([]string, error) {
	var known []string
	for _, p := range parts() {
		known = append(known, p.name)
	}
	if list == "" {
		return known, nil
	}
	chosen := strings.Split(list, ",")
	for _, name := range chosen {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("%w: unknown part %q: it may be %s", errUsage, name, strings.Join(known, ", "))
		}
	}
	return chosen, nil
}

// run runs parts. A part that this machine can't measure is noted as absent.
func (m *measurement) run(ctx context.Context, names []string) (err error) {
	if m.found.Machine, err = machine(ctx, m.root); err != nil {
		return err
	}
	m.found.Absent = map[string]string{}
	say(m.log, "bench: building the program, as it is released")
	if err := install.Build(ctx, m.binary, "-ldflags=-s -w"); err != nil {
		return err
	}
	for _, p := range parts() {
		if !slices.Contains(names, p.name) {
			continue
		}
		began := time.Now()
		err := p.run(m, ctx)
		if errors.Is(err, replica.ErrNoGroup) || errors.Is(err, errors.ErrUnsupported) {
			m.found.Absent[p.name] = err.Error()
			err = nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		say(m.log, "bench: %s took %s", p.name, time.Since(began).Round(100*time.Millisecond))
	}
	return nil
}

func (m *measurement) stages(ctx context.Context) (err error) {
	m.found.Stages, err = gobench.Stages(ctx, m.root, m.extent.stageCount, m.extent.stage)
	return err
}

func (m *measurement) handlers(ctx context.Context) (err error) {
	m.found.Handlers, err = handlers.Measure(ctx, m.extent.handlerTurns, m.extent.handler)
	return err
}

func (m *measurement) growth(ctx context.Context) (err error) {
	m.found.Growth, err = gobench.Growth(ctx, m.root)
	return err
}

func (m *measurement) footprint(ctx context.Context) error {
	return withCluster(ctx, cluster.Options{}, func(c *cluster.Cluster) (err error) {
		m.found.Footprint, err = replica.Footprint(ctx, c, m.binary, m.extent.idle, m.extent.busy)
		return err
	})
}

func (m *measurement) quarter(ctx context.Context) error {
	return withCluster(ctx, cluster.Options{}, func(c *cluster.Cluster) (err error) {
		m.found.Quarter, err = replica.Quarter(ctx, c, m.binary, m.extent.idle, m.extent.quarter)
		return err
	})
}

func (m *measurement) creates(ctx context.Context) error {
	// Each turn deletes its pods, which isn't measured.
	return withCluster(ctx, cluster.Options{APIServerArgs: []string{"--delete-collection-workers=8"}}, func(c *cluster.Cluster) (err error) {
		m.found.Creates, err = creates.Measure(ctx, c, creates.Options{
			Turns: m.extent.turns, Budget: 12 * time.Minute, Single: m.extent.single, Many: m.extent.many, Binary: m.binary, Stub: []string{m.self, stub.Name},
			Kyverno: filepath.Join(m.root, "bin", "kyverno", "kyverno"), Log: m.log,
		})
		return err
	})
}

// withCluster calls a function with a control plane of its own.
func withCluster(ctx context.Context, options cluster.Options, do func(*cluster.Cluster) error) (err error) {
	c, err := cluster.Start(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	return do(c)
}

// write writes the results, and the page of them.
func (m *measurement) write() error {
	data, err := json.MarshalIndent(&m.found, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(m.root, "docs", page.Data), append(data, '\n'), 0o644); err != nil { //nolint:gosec // a page for everybody
		return err
	}
	say(m.log, "bench: wrote docs/%s", page.Data)
	return writePage(m.root, &m.found)
}
