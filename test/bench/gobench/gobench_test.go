package gobench

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fargate-webhook/test/bench/results"
)

// The medians of several runs are read, whatever else benchmarks print.
func TestRead(t *testing.T) {
	const output = `goos: linux
BenchmarkStages/scan/1-2          	    1207	     19595 ns/op	 174.59 MB/s	     496 B/op	       8 allocs/op
BenchmarkStages/scan/1-2          	    1207	     12000 ns/op	 174.59 MB/s	     496 B/op	       8 allocs/op
BenchmarkStages/scan/1-2          	    1207	     15000 ns/op	 174.59 MB/s	     496 B/op	       8 allocs/op
BenchmarkRules-16                	    3495	     10397.4 ns/op	     307 B/op	       9 allocs/op
BenchmarkPlain                	    3495	     51.02 ns/op
PASS
`
	want := []results.Stage{
		{Benchmark: "Stages/scan/1", Cost: results.Cost{Nanoseconds: 15000, Bytes: 496, Allocations: 8}},
		{Benchmark: "Rules", Cost: results.Cost{Nanoseconds: 10397, Bytes: 307, Allocations: 9}},
		{Benchmark: "Plain", Cost: results.Cost{Nanoseconds: 51}},
	}
	if diff := cmp.Diff(want, read([]byte(output))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Folders with benchmarks are found, and none of another module.
func TestBenchmarked(t *testing.T) {
	all, err := benchmarked("../../..")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, folder := range all {
		found[folder] = true
	}
	if !found["./webhook"] || !found["./fargate"] || found["./bin"] {
		t.Errorf("found %q", all)
	}
}
