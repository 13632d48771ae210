package html

import (
	"math"
	"strconv"

	"fargate-webhook/fargate/sizing"
)

// axes draws the sizes that Fargate offers, with their CPU and memory at the sides.
func (p *page) axes() {
	for gib := 0.125; gib <= 64; gib *= 2 {
		p.memoryTick(gib)
	}
	p.memoryTick(120)
	p.put(`<text class="small e" x="{}" y="{}">memory</text><text class="small e" x="{}" y="14">CPU</text>`,
		px(gridRight), px(gridBottom+38), px(gridLeft-8))
	p.put(`<text class="small" x="{}" y="{}">64 MiB or less</text><text class="small e" x="{}" y="{}">less</text>`,
		px(gridLeft-8), px(gridBottom+36), px(gridLeft-8), px(gridBottom+4))
	sizes := sizing.Sizes()
	for i, s := range sizes {
		amount := s.Amount()
		y := px(gridY(amount.MilliCPU))
		if i == 0 || sizes[i-1].MilliCPU != s.MilliCPU {
			most := amount
			for _, other := range sizes[i:] {
				if other.MilliCPU == s.MilliCPU {
					most = other.Amount()
				}
			}
			p.put(`<text class="small e" x="{}" y="{}">{} vCPU</text><path class="span" d="M{} {}H{}"/>`,
				px(gridLeft-8), px(gridY(amount.MilliCPU)+4), s.VCPU(), px(gridX(amount.MilliBytes)), y, px(gridX(most.MilliBytes)))
		}
		p.put(`<circle class="offer" cx="{}" cy="{}" r="1.7"/>`, px(gridX(amount.MilliBytes)), y)
	}
}

// memoryTick draws a line for an amount of memory.
func (p *page) memoryTick(gib float64) {
	name := decimal(gib) + " GiB"
	if gib < 1 {
		name = decimal(gib*1024) + " MiB"
	}
	x := px(gridX(int64(gib * (1 << 30) * 1000)))
	p.put(`<path class="grid" d="M{} {}V{}"/><text class="small m" x="{}" y="{}">{}</text>`, x, px(gridTop), px(gridBottom), x, px(gridBottom+18), name)
}

// ways draws lines from what is requested to what is billed.
func (p *page) ways(ways []weighed) {
	for _, w := range ways[:min(len(ways), maxWays)] {
		p.put(`<path class="way" stroke-width="{}" d="M{} {}L{} {}"/>`, px(1+math.Log10(float64(w.count))),
			px(gridX(w.from.MilliBytes)), px(gridY(w.from.MilliCPU)), px(gridX(w.to.MilliBytes)), px(gridY(w.to.MilliCPU)))
	}
}

// asked draws what is requested.
func (p *page) asked(ways []weighed) {
	for _, w := range ways[:min(len(ways), maxWays)] {
		p.put(`<circle class="req" cx="{}" cy="{}" r="{}"><title>{} request {}, billed as {}</title></circle>`,
			px(gridX(w.from.MilliBytes)), px(gridY(w.from.MilliCPU)), px(2.6+math.Log10(float64(w.count))),
			plural(w.count, "object"), requestText(w.from), amountText(w.to))
	}
}

// billed draws sizes: the area says how many objects have them.
func (p *page) billed(points []point) {
	for _, b := range points {
		r := leastRadius + radiusRange*math.Sqrt(float64(b.count)/float64(points[0].count))
		x, y := gridX(b.amount.MilliBytes), gridY(b.amount.MilliCPU)
		p.put(`<circle class="size" cx="{}" cy="{}" r="{}"><title>{}: {}</title></circle>`, px(x), px(y), px(r), amountText(b.amount), plural(b.count, "object"))
	}
	for _, b := range points[:min(len(points), maxSaid)] {
		r := leastRadius + radiusRange*math.Sqrt(float64(b.count)/float64(points[0].count))
		p.put(`<text class="m" x="{}" y="{}">{}</text>`, px(gridX(b.amount.MilliBytes)), px(gridY(b.amount.MilliCPU)-r-5), strconv.Itoa(b.count))
	}
}

// sizesLegend says what is what, where no size is.
func (p *page) sizesLegend(ways int) {
	const x, y = gridLeft + 16.0, gridTop + 18.0
	p.put(`<circle class="req" cx="{}" cy="{}" r="3.4"/><text class="small" x="{}" y="{}">requested</text>`, px(x), px(y), px(x+16), px(y+4))
	p.put(`<circle class="size" cx="{}" cy="{}" r="8"/><text class="small" x="{}" y="{}">billed, with the number of objects</text>`, px(x), px(y+24), px(x+16), px(y+28))
	p.put(`<path class="span" d="M{} {}h12"/><circle class="offer" cx="{}" cy="{}" r="1.7"/><text class="small" x="{}" y="{}">a size that Fargate offers</text>`,
		px(x-6), px(y+48), px(x), px(y+48), px(x+16), px(y+52))
	if ways > maxWays {
		p.put(`<text class="small" x="{}" y="{}">drawn: the {} most frequent of {} different requests</text>`, px(x-6), px(y+76), strconv.Itoa(maxWays), strconv.Itoa(ways))
	}
}

// requestText writes what is requested, which may be nothing.
func requestText(a sizing.Amount) string {
	if a == (sizing.Amount{}) {
		return "nothing"
	}
	return amountText(a)
}
