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
	root, err := cluster.Root()
	if err != nil {
		t.Fatal(err)
	}
	kyverno := filepath.Join(root, "bin", "kyverno", "kyverno")
	got, err := Measure(t.Context(), c, Options{Turns: 1, Single: 5, Many: 16, Binary: binary, Stub: []string{self, stub.Name}, Kyverno: kyverno, Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	rows, calls := map[string]int{}, map[string]float64{}
	for _, row := range got.Rows {
		if row.Absent == "" && (row.PerSecond <= 0 || row.P50 <= 0 || row.P99 < row.P50 || row.Relative <= 0 || row.ToConstant <= 0) {
			t.Errorf("not measured: %+v", row)
		}
		calls[row.Variant+row.Pod] = row.Calls
		rows[row.Variant]++
		t.Logf("%+v", row)
	}
	for _, variant := range []string{
		results.None, results.Noop, results.Label, results.Constant, results.ConstantAndNoop, results.Policy, results.Usual, results.Kyverno, results.OursOn, results.OursOff, results.OursMutating,
		results.ConstantEKS, results.ConstantAndNoopEKS, results.OursEKS, results.OursOffEKS,
	} {
		if rows[variant] != 4 {
			t.Errorf("%d rows of %q, want 4", rows[variant], variant)
		}
	}
	checkCalls(t, calls)
	t.Logf("constant patch %d bytes, ours %d", got.PatchBytes, got.OursBytes)
}

// checkCalls checks how many webhooks were called for a pod, by variant and pod.
func checkCalls(t *testing.T, calls map[string]float64) {
	t.Helper()
	for _, pod := range []string{results.Typical, results.NeedingBoth} {
		judged := 1.0 // the calls of ours by which a pod is judged
		if pod == results.Typical {
			judged = 0
		}
		for variant, want := range map[string]float64{
			results.None: 0, results.Policy: 0, results.Noop: 1, results.Label: 1, results.Constant: 1, results.Usual: 1, results.ConstantAndNoop: 2, results.ConstantEKS: 2, results.ConstantAndNoopEKS: 3,
			results.OursMutating: 1, results.OursOff: 2, results.OursOn: 1 + judged, results.OursOffEKS: 3, results.OursEKS: 1 + judged,
		} {
			if got := calls[variant+pod]; got != want {
				t.Errorf("%s, %s: %g calls a create, want %g", variant, pod, got, want)
			}
		}
		if got := calls[results.Kyverno+pod]; got != 0 && got != 2 {
			t.Errorf("%s, %s: %g calls a create, want 2, or none if it is not built", results.Kyverno, pod, got)
		}
	}
}
