package review_test

import (
	"strings"
	"testing"
)

// What a bill adds to the review of a Deployment with two containers.
func BenchmarkBill(b *testing.B) {
	const manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web, run: on-fargate}}, " +
		"spec: {containers: [{name: a, image: a, resources: {requests: {cpu: 1, memory: 8Gi}}}, {name: b, image: b, resources: {requests: {cpu: 200m, memory: 256Mi}}}]}}}\n"
	for name, priced := range map[string]bool{"without": false, "with": true} {
		b.Run(name, func(b *testing.B) {
			r := newReviewer(b)
			if priced {
				r = withPrices(b)
			}
			for b.Loop() {
				if report, problems := r.Paths([]string{"-"}, false, strings.NewReader(manifest)); len(report.Items) != 1 || problems != nil {
					b.Fatal(problems)
				}
			}
		})
	}
}
