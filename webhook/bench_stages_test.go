package webhook

import (
	"fmt"
	"testing"

	"go.uber.org/zap"
	kjson "sigs.k8s.io/json"

	"fargate-webhook/kinds"
	"fargate-webhook/policy"
	"fargate-webhook/webhook/audit"
)

// BenchmarkStages measures the stages of answering about pods of several sizes, beside the general
// decoder, which the scan of the body comes before.
func BenchmarkStages(b *testing.B) {
	log, err := audit.Open(audit.Options{})
	if err != nil {
		b.Fatal(err)
	}
	own := Handlers(Dependencies{Profiles: testProfiles(b), Policy: policy.Default(), Audit: log, Logger: zap.NewNop()})
	shapes := shapesOf(kinds.Pods)
	for _, containers := range []int{1, 2, 5, 15} {
		body := typicalReview(b, typicalPod(containers))
		raw := []byte(body)
		stage := func(name string, run func(in *review) error) {
			b.Run(fmt.Sprintf("%s/%d", name, containers), func(b *testing.B) {
				b.SetBytes(int64(len(raw)))
				b.ReportAllocs()
				for b.Loop() {
					in, _, _ := emptyReview(kinds.Pods)
					if err := run(in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		stage("scan", func(*review) error { _, err := shapes.all.Body(raw); return err })
		stage("decode", func(in *review) error { return shapes.quick.Decode(raw, in, 1<<20) })
		stage("decode-all", func(in *review) error { return shapes.all.Decode(raw, in, 1<<20) })
		stage("general-decoder", func(in *review) error { return kjson.UnmarshalCaseSensitivePreserveInts(raw, in) })
		b.Run(fmt.Sprintf("mutate/%d", containers), func(b *testing.B) { serveAll(b, own[mutatePods], mutatePods, body) })
		admitted := admittedReview(b, own[mutatePods], body)
		b.Run(fmt.Sprintf("validate/%d", containers), func(b *testing.B) { serveAll(b, own[validatePods], validatePods, admitted) })
	}
}
