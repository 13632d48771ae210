package report

import (
	"bytes"
	"io"

	"fargate-webhook/internal/parallel"
	"fargate-webhook/internal/text"
	"fargate-webhook/review"
)

// jsonWriter writes the report as [text.WriteJSON] would, without having all of it at once.
type jsonWriter struct {
	to    io.Writer
	items int
}

func newJSON(w io.Writer, _ Options) Writer { return &jsonWriter{to: w} }

// Add writes items.
func (j *jsonWriter) Add(items []review.Item) error {
	encoded, errs := make([]bytes.Buffer, len(items)), make([]error, len(items))
	parallel.Do(len(items), func(i int) { errs[i] = text.WriteIndentedJSON(&encoded[i], "    ", &items[i]) })
	var out bytes.Buffer
	for i := range items {
		if errs[i] != nil {
			return errs[i]
		}
		if j.items++; j.items == 1 {
			out.WriteString("{\n  \"items\": [\n    ")
		} else {
			out.WriteString(",\n    ")
		}
		out.Write(bytes.TrimRight(encoded[i].Bytes(), "\n"))
	}
	_, err := out.WriteTo(j.to)
	return err
}

// End writes the rest of the report, whose first field is the items.
func (j *jsonWriter) End(r *review.Report) error {
	var out bytes.Buffer
	without := *r
	without.Items = []review.Item{}
	if err := text.WriteJSON(&out, &without); err != nil {
		return err
	}
	rest := out.Bytes()
	if j.items > 0 {
		rest = append([]byte("\n  ]"), bytes.TrimPrefix(rest, []byte("{\n  \"items\": []"))...)
	}
	_, err := j.to.Write(rest)
	return err
}
