package html

import (
	"fmt"
	"strconv"
	"strings"
)

// bars is a picture of stacked bars, the longest lists first: a line for each label, side by side in
// each panel.
type bars struct {
	id     markup
	title  string
	labels []string
	panels []panel
}

// panel is a column of bars.
type panel struct {
	// name says what its bars are, and unit is that of the values; empty for numbers.
	name, unit string
	series     []series
	// values are those of each label, by series.
	values [][]float64
	text   func(float64) string
}

// series is a part of each bar.
type series struct {
	class markup
	name  string
}

const (
	// maxBars is how many labels a picture shows; its table has all.
	maxBars = 12

	barsWidth, labelWidth, valueWidth = 490.0, 142.0, 64.0
	barStep, barHeight, barsTop       = 27.0, 15.0, 52.0
)

// bars draws the first labels.
func (p *page) bars(b *bars) {
	shown := min(len(b.labels), maxBars)
	height := barsTop + float64(shown)*barStep + 4
	more := ""
	if len(b.labels) > shown {
		more = fmt.Sprintf("the first %d of %d; the table has all", shown, len(b.labels))
		height += 18
	}
	p.put(`<svg viewBox="0 0 {} {}" role="img" aria-labelledby="`+b.id+`-name `+b.id+`-text"><title id="`+b.id+`-name">{}</title><desc id="`+b.id+`-text">{}</desc>`,
		px(barsWidth), px(height), b.title, b.describe(shown))
	for i, label := range b.labels[:shown] {
		p.put(`<svg x="0" y="{}" width="{}" height="22"><text class="e" x="{}" y="15">{}</text><title>{}</title></svg>`,
			px(barsTop+float64(i)*barStep-4), px(labelWidth-8), px(labelWidth-9), clip(label), label)
	}
	p.legend(b.panels[len(b.panels)-1].series)
	width := (barsWidth - labelWidth) / float64(len(b.panels))
	for i := range b.panels {
		p.panel(&b.panels[i], labelWidth+float64(i)*width, width, shown)
	}
	if more != "" {
		p.put(`<text class="small" x="{}" y="{}">{}</text>`, px(labelWidth), px(height-4), more)
	}
	p.put(`</svg>`)
}

// legend names the parts of the bars. The last panel has them all.
func (p *page) legend(parts []series) {
	at := labelWidth
	for _, s := range parts {
		p.put(`<rect class="`+s.class+`" x="{}" y="6" width="10" height="10" rx="2"/><text class="small" x="{}" y="15">{}</text>`, px(at), px(at+15), s.name)
		at += 36 + 6.6*float64(len(s.name))
	}
}

func (p *page) panel(a *panel, left, width float64, shown int) {
	p.put(`<text class="small" x="{}" y="38">{}</text>`, px(left), a.name)
	scale := (width - valueWidth) / max(a.longest(shown), 1e-9)
	for i, values := range a.values[:shown] {
		y, x := barsTop+float64(i)*barStep, left
		for s, value := range values {
			if value <= 0 {
				continue
			}
			p.put(`<rect class="`+a.series[s].class+`" x="{}" y="{}" width="{}" height="{}"><title>{} {}</title></rect>`,
				px(x), px(y), px(max(value*scale, 1)), px(barHeight), a.text(value), a.series[s].name)
			x += value * scale
		}
		p.put(`<text class="small" x="{}" y="{}">{}</text>`, px(x+6), px(y+12), a.text(all(values)))
	}
}

// longest returns the largest sum of values that is shown.
func (a *panel) longest(shown int) float64 {
	longest := 0.0
	for _, values := range a.values[:shown] {
		longest = max(longest, all(values))
	}
	return longest
}

func all(values []float64) (sum float64) {
	for _, value := range values {
		sum += value
	}
	return sum
}

// describe says in words what the picture shows.
func (b *bars) describe(shown int) string {
	lines := make([]string, shown)
	for i, label := range b.labels[:shown] {
		var parts []string
		for a := range b.panels {
			for s, value := range b.panels[a].values[i] {
				if value > 0 {
					parts = append(parts, b.panels[a].text(value)+" "+b.panels[a].spoken(s))
				}
			}
		}
		lines[i] = label + ": " + strings.Join(parts, ", ")
	}
	return strings.Join(lines, "; ")
}

// spoken names what the values of a series are: "vCPU requested".
func (a *panel) spoken(s int) string { return strings.TrimPrefix(a.unit+" "+a.series[s].name, " ") }

// barTable writes all values as a table.
func (p *page) barTable(b *bars, of string) {
	p.put(`<table><thead><tr><th scope="col">{}</th>`, of)
	for i := range b.panels {
		for s := range b.panels[i].series {
			p.put(`<th scope="col" class="n">{}</th>`, b.panels[i].spoken(s))
		}
	}
	p.put(`</tr></thead><tbody>`)
	for i, label := range b.labels {
		p.put(`<tr><th scope="row">{}</th>`, label)
		for a := range b.panels {
			for _, value := range b.panels[a].values[i] {
				p.put(`<td class="n">{}</td>`, b.panels[a].text(value))
			}
		}
		p.put(`</tr>`)
	}
	p.put(`</tbody></table>`)
}

// maxLabel is how many characters of a label fit beside its bar.
const maxLabel = 20

// clip shortens a label.
func clip(s string) string {
	if runes := []rune(s); len(runes) > maxLabel {
		return string(runes[:maxLabel-1]) + "…"
	}
	return s
}

// px writes a coordinate.
func px(f float64) string { return strconv.FormatFloat(float64(int64(f*10+0.5))/10, 'f', -1, 64) }
