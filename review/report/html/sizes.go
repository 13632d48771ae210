package html

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"fargate-webhook/fargate/sizing"
)

// point is an amount with how many objects have it.
type point struct {
	amount sizing.Amount
	count  int
}

// way leads from what pods request to what is billed.
type way struct{ from, to sizing.Amount }

const (
	gridWidth, gridHeight                      = 900.0, 540.0
	gridLeft, gridRight, gridTop, gridBottom   = 84.0, 876.0, 22.0, 492.0
	leastGiB, mostGiB, leastVCPU, mostVCPU     = 0.0625, 150.0, 0.0625, 20.0
	leastRadius, radiusRange, maxWays, maxSaid = 5.0, 15.0, 600, 12
)

// gridX and gridY are where an amount of memory and of CPU are in the picture: twice as much is
// everywhere as far. What is less than the axes show is at their end.
func gridX(milliBytes int64) float64 {
	return gridLeft + (gridRight-gridLeft)*between(gibOf(milliBytes), leastGiB, mostGiB)
}

func gridY(milliCPU int64) float64 {
	return gridBottom - (gridBottom-gridTop)*between(float64(milliCPU)/1000, leastVCPU, mostVCPU)
}

func between(value, least, most float64) float64 {
	value = min(max(value, least), most)
	return math.Log(value/least) / math.Log(most/least)
}

// sizes draws what pods request and what Fargate provisions for them, on the grid of its sizes.
func (p *page) sizes(rows []row) {
	ways, billed := countSizes(rows)
	if len(billed) == 0 {
		return
	}
	const title = "Requested and billed"
	caption := fmt.Sprintf("One pod of each of %s on Fargate: what it requests, and the size that Fargate provisions and bills for it.", plural(countOf(billed), "object"))
	p.figure(true, title, caption, func() {
		p.put(`<svg viewBox="0 0 {} {}" role="img" aria-labelledby="sizes-name sizes-text"><title id="sizes-name">{}</title><desc id="sizes-text">{}</desc>`,
			px(gridWidth), px(gridHeight), title, describeSizes(billed))
		p.axes()
		p.ways(ways)
		p.billed(billed)
		p.asked(ways)
		p.sizesLegend(len(ways))
		p.put(`</svg>`)
	}, func() {
		p.put(`<table><thead><tr><th scope="col">Size</th><th scope="col" class="n">Objects</th><th scope="col" class="n">Requested, on average</th></tr></thead><tbody>`)
		for _, b := range billed {
			p.put(`<tr><th scope="row">{}</th><td class="n">{}</td><td class="n">{}</td></tr>`, amountText(b.amount), strconv.Itoa(b.count), amountText(average(ways, b.amount)))
		}
		p.put(`</tbody></table>`)
	})
}

// weighed is a way with how many objects take it.
type weighed struct {
	way
	count int
}

// countSizes counts objects by request and size, and by size: the most frequent first.
func countSizes(rows []row) (ways []weighed, billed []point) {
	byWay, bySize := map[way]int{}, map[sizing.Amount]int{}
	for i := range rows {
		r := &rows[i]
		if !r.runs() || r.provisioned == (sizing.Amount{}) {
			continue
		}
		byWay[way{r.requested, r.provisioned}]++
		bySize[r.provisioned]++
	}
	for w, n := range byWay {
		ways = append(ways, weighed{w, n})
	}
	for amount, n := range bySize {
		billed = append(billed, point{amount, n})
	}
	slices.SortFunc(ways, func(a, b weighed) int {
		return cmp.Or(cmp.Compare(b.count, a.count), compareAmounts(a.to, b.to), compareAmounts(a.from, b.from))
	})
	slices.SortFunc(billed, func(a, b point) int {
		return cmp.Or(cmp.Compare(b.count, a.count), compareAmounts(a.amount, b.amount))
	})
	return ways, billed
}

func compareAmounts(a, b sizing.Amount) int {
	return cmp.Or(cmp.Compare(a.MilliCPU, b.MilliCPU), cmp.Compare(a.MilliBytes, b.MilliBytes))
}

func countOf(points []point) (n int) {
	for _, p := range points {
		n += p.count
	}
	return n
}

// average returns what objects of a size request.
func average(ways []weighed, size sizing.Amount) sizing.Amount {
	var cpu, memory float64
	n := 0
	for _, w := range ways {
		if w.to == size {
			n += w.count
			cpu += float64(w.count) * float64(w.from.MilliCPU)
			memory += float64(w.count) * float64(w.from.MilliBytes)
		}
	}
	return sizing.Amount{MilliCPU: int64(cpu / float64(max(n, 1))), MilliBytes: int64(memory / float64(max(n, 1)))}
}

// describeSizes says in words what the picture shows.
func describeSizes(billed []point) string {
	var parts []string
	for i, b := range billed {
		if i == maxSaid {
			parts = append(parts, fmt.Sprintf("%d more sizes", len(billed)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s: %s", amountText(b.amount), plural(b.count, "object")))
	}
	return strings.Join(parts, "; ")
}
