package html

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"fargate-webhook/bill"
	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/policy"
	"fargate-webhook/profiles"
	"fargate-webhook/review"
)

// newReviewer returns one with profiles for all pods of a few namespaces.
func newReviewer() *review.Reviewer {
	return &review.Reviewer{Namespace: "default", Policy: policy.Default(), Index: profiles.NewIndex([]profiles.Profile{
		fargatetest.Profile("shop", fargatetest.Selects("shop")),
		fargatetest.Profile("data-and-pay", fargatetest.Selects("data"), fargatetest.Selects("pay"), fargatetest.Selects("kube-system")),
	})}
}

func shopItems(tb testing.TB) []review.Item {
	tb.Helper()
	manifests, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	items, problems := newReviewer().File("deploy/shop.yaml", manifests)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return items
}

// reportOf returns what Write makes of items.
func reportOf(items []review.Item) *report {
	rows, skipped := rowsOf(items)
	return &report{rows: rows, skipped: skipped}
}

// billed reviews the manifests of testdata with the list prices, and returns what Write makes of it.
func billed(tb testing.TB) *report {
	tb.Helper()
	reviewer := newReviewer()
	reviewer.Prices = new(bill.Assumed())
	found, problems := reviewer.Paths([]string{"testdata/shop.yaml"}, false, nil)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	r := reportOf(found.Items)
	r.bill = found.Bill
	return r
}

// pageOf writes a report.
func pageOf(tb testing.TB, r *report) string {
	tb.Helper()
	var out bytes.Buffer
	if err := write(&out, r); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// manyItems are a number of items with several findings, changes and sizes, in 40 namespaces.
func manyItems(tb testing.TB, number int) []review.Item {
	tb.Helper()
	some := shopItems(tb)
	items := make([]review.Item, 0, number)
	for i := range number {
		item := some[i%15] // the others are skipped
		item.Name = fmt.Sprintf("%s-%d", item.Name, i)
		item.Namespace = fmt.Sprintf("team-%02d", i%40)
		items = append(items, item)
	}
	return items
}
