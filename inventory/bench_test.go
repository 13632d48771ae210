package inventory

import (
	"fmt"
	"runtime"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// BenchmarkTally counts 10,000 pods of 1,000 controllers, as a scrape does, and says how much memory
// a pod takes.
func BenchmarkTally(b *testing.B) {
	const number, each = 10_000, 10
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	pods := make([]any, 0, number)
	for i := range number {
		full := onFargate(fmt.Sprintf("web-%d", i), "fargate-ip-10-0-0-1", "Running")
		full.OwnerReferences = []metav1.OwnerReference{{Kind: "ReplicaSet", UID: types.UID(fmt.Sprintf("%036d", i/each)), Controller: new(true)}}
		p, err := reduce(full)
		if err != nil {
			b.Fatal(err)
		}
		pods = append(pods, p)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	index, prices := testIndex(), testPrices(b)
	for b.Loop() {
		tally(pods, index.Has, prices)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/number, "B/pod")
	runtime.KeepAlive(pods)
}
