package report

import (
	"cmp"
	"fmt"
	"slices"

	"fargate-webhook/review"
)

// worstFirst sorts by namespace and in each the worst first: the namespace with the worst first,
// those without one last.
func worstFirst[T any](list []T, of func(*T) (namespace string, badness int)) {
	worst := map[string]int{}
	for i := range list {
		namespace, bad := of(&list[i])
		worst[namespace] = max(worst[namespace], bad)
	}
	slices.SortStableFunc(list, func(a, b T) int {
		inA, badA := of(&a)
		inB, badB := of(&b)
		return cmp.Or(cmp.Compare(worst[inB], worst[inA]), cmp.Compare(inA, inB), cmp.Compare(badB, badA))
	})
}

// badness is higher for a worse outcome.
func badness(i *review.Item) int {
	order := []review.Result{review.ResultSkip, review.ResultPass, review.ResultExempt, review.ResultChange, review.ResultWarn, "", review.ResultDeny}
	if i.PodsRefused && i.Result != review.ResultDeny {
		return slices.Index(order, "")
	}
	return slices.Index(order, i.Result)
}

// withPodsRefused counts the workloads whose pods are refused.
func withPodsRefused(items []review.Item) int {
	n := 0
	for i := range items {
		if items[i].PodsRefused {
			n++
		}
	}
	return n
}

// counts is the last line of a report. refused counts the workloads whose pods are.
func counts(r *review.Report, refused int) string {
	return fmt.Sprintf("%d denied, %d with denied pods, %d with warnings, %d changed, %d exempt, %d as they are, %d not judged",
		r.Summary[review.ResultDeny], refused, r.Summary[review.ResultWarn]-refused, r.Summary[review.ResultChange],
		r.Summary[review.ResultExempt], r.Summary[review.ResultPass], r.Summary[review.ResultSkip])
}
