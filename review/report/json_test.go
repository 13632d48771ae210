package report

import (
	"bytes"
	"fmt"
	"testing"

	"fargate-webhook/internal/text"
	"fargate-webhook/review"
)

// However many items there are, the report is what the encoder makes of it as a whole.
func TestJSONInBatches(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		var items []review.Item
		for i := range n {
			items = append(items, review.Item{Name: fmt.Sprintf("a\n\"items\": [] %d <&>", i), Findings: []review.Finding{}})
		}
		r := review.NewReport(items)
		var got, want bytes.Buffer
		if err := (Format{open: newJSON}).Write(&got, &r, Options{}); err != nil {
			t.Fatal(err)
		}
		if err := text.WriteJSON(&want, &r); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Errorf("%d items: got\n%.300s\nwant\n%.300s", n, got.String(), want.String())
		}
	}
}
