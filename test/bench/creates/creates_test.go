package creates

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"fargate-webhook/test/bench/results"
	"fargate-webhook/test/bench/stub"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/clustertest"
	"fargate-webhook/test/cluster/install"
)

// The test program is the stand-in's too.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == stub.Name {
		if err := stub.Main(context.Background(), os.Args[2], os.Args[3]); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// Each variant changes the pods as it should: a turn checks it. No times are asserted.
func TestMeasure(t *testing.T) {
	clustertest.Needed(t)
	c := clustertest.Start(t, cluster.Options{})
	binary := filepath.Join(t.TempDir(), "fargate-webhook")
	if err := install.Build(t.Context(), binary); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Measure(t.Context(), c, Options{Turns: 1, Single: 5, Many: 16, Binary: binary, Stub: []string{self, stub.Name}, Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	for _, row := range got.Rows {
		if row.Absent == "" && (row.PerSecond <= 0 || row.P50 <= 0 || row.P99 < row.P50 || row.Relative <= 0 || row.ToConstant <= 0) {
			t.Errorf("not measured: %+v", row)
		}
		if want := calls(row); row.Absent == "" && row.Calls != want {
			t.Errorf("%g calls a create, want %g: %+v", row.Calls, want, row)
		}
		rows[row.Variant]++
		t.Logf("%+v", row)
	}
	for _, variant := range []string{
		results.None, results.Noop, results.Label, results.Constant, results.ConstantAndNoop, results.Policy, results.Usual, results.OursOn, results.OursOff, results.OursMutating,
	} {
		if rows[variant] != 4 {
			t.Errorf("%d rows of %q, want 4", rows[variant], variant)
		}
	}
	t.Logf("constant patch %d bytes, ours %d", got.PatchBytes, got.OursBytes)
}

// calls returns how many webhooks the API server calls for a pod.
func calls(row results.Row) float64 {
	switch row.Variant {
	case results.None, results.Policy:
		return 0
	case results.ConstantAndNoop, results.OursOff:
		return 2
	case results.OursOn:
		if row.Pod == results.NeedingBoth {
			return 2
		}
	}
	return 1
}
