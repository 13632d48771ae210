package main

import (
	"fmt"
	"html"
	"strconv"
	"strings"

	"fargate-webhook/fargate/sizing"
)

// The picture's dimensions in SVG user units: pixels at full size.
const (
	width     = 880
	top       = 92 // y of the first example
	rowHeight = 46
	titleLeft = 44
	barLeft   = 296
	barWidth  = 320
	barHeight = 13
	textLeft  = barLeft + barWidth + 14
)

// style sets the colours for light and dark mode. Requested and handed out differ in brightness and
// Fargate's own part is hatched, so the picture is readable without colour vision.
const style = `
  .page { fill: #ffffff; stroke: #d1d9e0; }
  text { fill: #1f2328; font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
  .head { font-weight: 600; }
  .number { text-anchor: end; fill: #59636e; }
  .small { font-size: 12px; fill: #59636e; }
  .requested { fill: #0a4a8f; }
  .handed { fill: #8cc0f5; }
  .own { fill: url(#own); }
  .hatch { stroke: #59636e; }
  .size { fill: none; stroke: #59636e; }
  .line { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d; }
    text { fill: #f0f6fc; }
    .small, .number { fill: #9198a1; }
    .requested { fill: #79b8ff; }
    .handed { fill: #1f4f85; }
    .hatch { stroke: #9198a1; }
    .size { stroke: #9198a1; }
    .line { stroke: #3d444d; }
  }
`

// picture returns the SVG: for each example a bar for CPU and a bar for memory. The full bar is the
// provisioned size; its parts are the requested amount, the amount handed out on top, the unused
// amount and Fargate's own.
func picture(examples []example) []byte {
	var b strings.Builder
	height := top + rowHeight*len(examples) + 8
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title desc">`+"\n", width, height, width, height)
	b.WriteString("<title id=\"title\">What pods request, are handed out and are billed for on Fargate</title>\n")
	fmt.Fprintf(&b, "<desc id=\"desc\">%s</desc>\n", html.EscapeString(described(examples)))
	fmt.Fprintf(&b, "<style>%s</style>\n", style)
	b.WriteString(`<defs><pattern id="own" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0V5" stroke-width="2"/></pattern></defs>` + "\n")
	fmt.Fprintf(&b, `<rect class="page" x="0.5" y="0.5" width="%d" height="%d" rx="6"/>`+"\n", width-1, height-1)
	legend(&b)
	for i := range examples {
		row(&b, i, &examples[i])
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// legend draws the legend and the column headings.
func legend(b *strings.Builder) {
	x := 16
	for _, part := range [4]struct {
		class, text string
		width       int
	}{
		{"requested", "requested", 120},
		{"handed", "handed out on top", 172},
		{"none", "unused", 104},
		{"own", "Fargate's own 256Mi", 0},
	} {
		if part.class != "none" {
			rect(b, part.class, float64(x), 20, 24, barHeight)
		}
		rect(b, "size", float64(x), 20, 24, barHeight)
		label(b, "", x+32, 31, part.text)
		x += part.width
	}
	label(b, "head", titleLeft, top-20, "the pod")
	label(b, "head", barLeft, top-20, "its size: CPU above, memory below")
	label(b, "head", textLeft, top-20, "requested → handed out of size")
}

// row draws example i.
func row(b *strings.Builder, i int, e *example) {
	y := top + rowHeight*i
	fmt.Fprintf(b, `<path class="line" d="M16 %d.5H%d"/>`+"\n", y-8, width-16)
	label(b, "number", titleLeft-10, y+20, strconv.Itoa(i+1))
	label(b, "", titleLeft, y+20, e.title)
	u := &e.usage
	bar(b, y, shares{u.Requested.MilliCPU, u.HandedOut.MilliCPU, e.size.Budget().MilliCPU, u.Provisioned.MilliCPU})
	label(b, "small", textLeft, y+11, fmt.Sprintf("CPU %s → %s of %s", u.Requested.CPU(), u.HandedOut.CPU(), u.Provisioned.CPU()))
	y += barHeight + 4
	bar(b, y, shares{u.Requested.MilliBytes, u.HandedOut.MilliBytes, e.size.Budget().MilliBytes, u.Provisioned.MilliBytes})
	label(b, "small", textLeft, y+11, fmt.Sprintf("memory %s → %s of %s", u.Requested.Memory(), u.HandedOut.Memory(), u.Provisioned.Memory()))
}

// shares are the ends of a bar's parts, all in the same unit.
type shares struct{ requested, handedOut, budget, provisioned int64 }

func bar(b *strings.Builder, y int, s shares) {
	at := func(amount int64) float64 { return barWidth * float64(amount) / float64(s.provisioned) }
	part := func(class string, from, to int64) {
		if to > from {
			rect(b, class, barLeft+at(from), y, at(to)-at(from), barHeight)
		}
	}
	part("requested", 0, s.requested)
	part("handed", s.requested, s.handedOut)
	part("own", s.budget, s.provisioned)
	rect(b, "size", barLeft, y, barWidth, barHeight)
}

func rect(b *strings.Builder, class string, x float64, y int, w float64, h int) {
	fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d"/>`+"\n", class, x, y, w, h)
}

func label(b *strings.Builder, class string, x, y int, text string) {
	if class != "" {
		class = ` class="` + class + `"`
	}
	fmt.Fprintf(b, `<text%s x="%d" y="%d">%s</text>`+"\n", class, x, y, html.EscapeString(text))
}

// described returns the picture's text alternative.
func described(examples []example) string {
	lines := make([]string, 0, len(examples))
	for i := range examples {
		e := &examples[i]
		lines = append(lines, fmt.Sprintf("%d, %s: %s requested, %s handed out, %s provisioned.", i+1, e.title, spoken(e.usage.Requested), spoken(e.usage.HandedOut), e.size))
	}
	return strings.Join(lines, " ")
}

func spoken(a sizing.Amount) string { return a.CPU() + " and " + a.Memory() }
