package page

import (
	"fmt"
	"html"
	"strings"

	"fargate-webhook/test/bench/results"
)

// Measures of the pictures, in pixels.
const (
	width     = 880
	barLeft   = 330
	barWidth  = 440
	rowHeight = 22
	top       = 62
)

const style = `
  .page { fill: #ffffff; stroke: #d1d9e0; }
  text { fill: #1f2328; font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
  .head { font-weight: 600; }
  .small { font-size: 12px; fill: #59636e; }
  .end { text-anchor: end; }
  .ours { fill: #0a4a8f; }
  .other { fill: #8cc0f5; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d; }
    text { fill: #f0f6fc; }
    .small { fill: #9198a1; }
    .ours { fill: #8cc0f5; }
    .other { fill: #24588f; }
  }
`

// bar is a row of a picture: a heading if it has no value.
type bar struct {
	text, value string
	length      float64 // of the longest bar, at most 1
	ours        bool
}

// picture draws bars.
func picture(title, legend string, bars []bar) []byte {
	var b strings.Builder
	height := top + rowHeight*len(bars) + 10
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n", html.EscapeString(title))
	var described []string
	for _, bar := range bars {
		described = append(described, strings.TrimSpace(bar.text+" "+bar.value))
	}
	fmt.Fprintf(&b, "<desc id=\"desc\">%s.</desc>\n<style>%s</style>\n", html.EscapeString(strings.Join(described, "; ")), style)
	fmt.Fprintf(&b, `<rect class="page" x="0.5" y="0.5" width="%d" height="%d" rx="6"/>`+"\n", width-1, height-1)
	label(&b, "head", 16, 26, title)
	label(&b, "small", 16, 46, legend)
	for i, bar := range bars {
		y := top + rowHeight*i
		if bar.value == "" {
			label(&b, "head", 16, y+15, bar.text)
			continue
		}
		class := "other"
		if bar.ours {
			class = "ours"
		}
		label(&b, "end", barLeft-10, y+15, bar.text)
		length := max(1, barWidth*min(bar.length, 1))
		fmt.Fprintf(&b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d"/>`+"\n", class, barLeft, y+3, length, rowHeight-6)
		label(&b, "small", barLeft+int(length)+8, y+15, bar.value)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

func label(b *strings.Builder, class string, x, y int, text string) {
	fmt.Fprintf(b, `<text class="%s" x="%d" y="%d">%s</text>`+"\n", class, x, y, html.EscapeString(text))
}

// handlersPicture draws what an answer costs, each size on a scale of its own.
func handlersPicture(r *results.Results) []byte {
	var bars []bar
	for i := range r.Handlers {
		h := &r.Handlers[i]
		bars = append(bars, bar{text: fmt.Sprintf("%s, review of %s", h.Call, h.Size)})
		for _, c := range []struct {
			name string
			cost results.Cost
		}{{"decoding alone (the floor)", h.Floor}, {results.Ours, h.Ours}, {results.Allowing, h.Allowing}, {results.Usual, h.Usual}} {
			bars = append(bars, bar{c.name, micro(c.cost.Nanoseconds) + " µs", float64(c.cost.Nanoseconds) / float64(max(h.Usual.Nanoseconds, 1)), c.name == results.Ours})
		}
	}
	return picture("Processor time of an answer", "shorter is better; each size of review has a scale of its own", bars)
}

// createsPicture draws creates relative to no webhook.
func createsPicture(r *results.Results) []byte {
	var bars []bar
	last := ""
	for i := range r.Creates.Rows {
		row := &r.Creates.Rows[i]
		if title := fmt.Sprintf("%s; clients: %d", podTitle(row.Pod), row.Clients); title != last {
			bars, last = append(bars, bar{text: title}), title
		}
		if row.Absent == "" {
			ours := row.Variant == results.OursOn || row.Variant == results.OursOff || row.Variant == results.OursMutating || row.Variant == results.OursEKS || row.Variant == results.OursOffEKS
			bars = append(bars, bar{short(row.Variant), fmt.Sprintf("%.2f", row.Relative), row.Relative / 1.1, ours})
		}
	}
	return picture("Creates of pods a second, relative to no webhook", "longer is better; through kube-apiserver, etcd without fsync, everything on one machine", bars)
}

// short returns a name of a variant that fits beside its bar.
func short(variant string) string {
	if variant == results.ConstantAndNoop {
		return "the same + validating webhook, no-op"
	}
	return variant
}
