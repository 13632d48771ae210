package report

import (
	"bytes"
	"io"
	"slices"

	"fargate-webhook/internal/parallel"
	"fargate-webhook/internal/text"
	"fargate-webhook/review"
)

// batch is how many items are encoded before they are written: a report of thousands is never in
// memory as text.
const batch = 256

// writeJSON writes the report as [text.WriteJSON] would, a batch of items after the other.
func writeJSON(w io.Writer, r *review.Report, _ Options) error {
	var rest bytes.Buffer
	without := *r
	without.Items = []review.Item{}
	if err := text.WriteJSON(&rest, &without); err != nil {
		return err
	}
	const empty = "\"items\": []"
	head, tail, found := bytes.Cut(rest.Bytes(), []byte(empty))
	if len(r.Items) == 0 || !found {
		return text.WriteJSON(w, r)
	}
	out := bytes.NewBuffer(slices.Concat(head, []byte("\"items\": [\n    ")))
	for from := 0; from < len(r.Items); from += batch {
		items := r.Items[from:min(from+batch, len(r.Items))]
		encoded, errs := make([]bytes.Buffer, len(items)), make([]error, len(items))
		parallel.Do(len(items), func(i int) { errs[i] = text.WriteIndentedJSON(&encoded[i], "    ", &items[i]) })
		for i := range items {
			if errs[i] != nil {
				return errs[i]
			}
			if from+i > 0 {
				out.WriteString(",\n    ")
			}
			out.Write(bytes.TrimRight(encoded[i].Bytes(), "\n"))
		}
		if _, err := out.WriteTo(w); err != nil {
			return err
		}
	}
	out.WriteString("\n  ]")
	out.Write(tail)
	_, err := out.WriteTo(w)
	return err
}
