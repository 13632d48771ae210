// Package gobench runs Go benchmarks and tests of this repository by the go command, and reads what
// they print.
package gobench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fargate-webhook/test/bench/results"
)

// stages are the benchmarks of the stages of an answer, by package.
func stages() []struct{ folder, pattern string } {
	return []struct{ folder, pattern string }{
		{"./webhook", "^BenchmarkStages$"},
		{"./fargate", "^(BenchmarkDecide|BenchmarkRules)$"},
		{"./fargate/sizing", "^BenchmarkAllot$"},
		{"./fargate/traffic", "^BenchmarkLabelChange$"},
	}
}

// Stages runs the benchmarks of the stages, each so often and so long, and returns the medians.
func Stages(ctx context.Context, root string, count int, lasting time.Duration) ([]results.Stage, error) {
	var all []results.Stage
	for _, s := range stages() {
		output, err := run(ctx, root, "test", "-run=^$", "-bench="+s.pattern, "-trimpath", "-benchmem", fmt.Sprintf("-count=%d", count), "-benchtime="+lasting.String(), s.folder)
		if err != nil {
			return nil, err
		}
		for _, found := range read(output) {
			found.Stage = strings.TrimPrefix(s.folder, "./")
			all = append(all, found)
		}
	}
	return all, nil
}

// line is a line that a benchmark prints.
var line = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op(?:.*?\s([0-9.]+) B/op\s+([0-9.]+) allocs/op)?`)

// read returns the medians of each benchmark, in the order of the output.
func read(output []byte) []results.Stage {
	times, rest := map[string][]float64{}, map[string]results.Cost{}
	var names []string
	for _, match := range line.FindAllSubmatch(output, -1) {
		name := string(match[1])
		if times[name] == nil {
			names = append(names, name)
		}
		times[name] = append(times[name], number(match[2]))
		rest[name] = results.Cost{Bytes: int64(number(match[3])), Allocations: int64(number(match[4]))}
	}
	all := make([]results.Stage, 0, len(names))
	for _, name := range names {
		cost := rest[name]
		slices.Sort(times[name])
		cost.Nanoseconds = int64(math.Round(times[name][len(times[name])/2]))
		all = append(all, results.Stage{Benchmark: name, Cost: cost})
	}
	return all
}

// number reads a number that a pattern has matched, or nothing.
func number(text []byte) float64 {
	n, _ := strconv.ParseFloat(string(text), 64)
	return n
}

// grown is a line of TestGrowthIsLinear.
var grown = regexp.MustCompile(`(?m)grows: (.+), phase (\d+): exponent (-?[0-9.]+)$`)

// Growth runs the test of growth, and returns the larger exponent of each thing's two phases.
func Growth(ctx context.Context, root string) ([]results.Growth, error) {
	output, err := run(ctx, root, "test", "-trimpath", "-count=1", "-v", "-run=^TestGrowthIsLinear$", "./fargate")
	lines := grown.FindAllSubmatch(output, -1)
	if len(lines) == 0 {
		return nil, errors.Join(errors.New("TestGrowthIsLinear prints no exponent"), err)
	} // It fails for one that is too large: that is reported, too.
	exponents := map[string]float64{}
	for _, match := range lines {
		thing := string(match[1])
		exponents[thing] = max(exponents[thing], number(match[3]))
	}
	var all []results.Growth
	for _, thing := range slices.Sorted(maps.Keys(exponents)) {
		all = append(all, results.Growth{Thing: thing, Exponent: exponents[thing]})
	}
	return all, nil
}

// run runs the go command in a folder, and returns its output. It is given the flags that the program
// is built with: most packages are in Go's build cache then.
func run(ctx context.Context, folder string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = folder
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "E2E=skip")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		return output, fmt.Errorf("go %s: %w\n%s%s", strings.Join(args, " "), err, output, stderr.Bytes())
	}
	return output, nil
}
