package html

import (
	"strconv"

	"fargate-webhook/bill"
)

// overview writes the pictures. Each has a title and a description, and the figures as a table.
func (p *page) overview(r *report) {
	p.put("<section aria-labelledby=\"overview-title\">\n<h2 id=\"overview-title\">Overview</h2>\n<div class=\"figures\">\n")
	p.sizes(r.rows)
	p.wastes(r)
	p.findingBars(countRules(r.rows))
	p.put("</div>\n</section>\n")
}

// figure writes a picture with its heading, and the table of its figures. A wide one scrolls where
// the screen is narrow.
func (p *page) figure(wide bool, title, caption string, draw, table func()) {
	class, scrolls := markup(""), markup("")
	if wide {
		class, scrolls = ` class="full"`, ` role="region" aria-label="Picture of sizes" tabindex="0"`
	}
	p.put(`<figure`+class+`><figcaption><h3>{}</h3><span class="at">{}</span></figcaption>`, title, caption)
	p.put(`<div class="draw"` + scrolls + `>`)
	draw()
	p.put(`</div><details><summary>The figures as a table</summary>`)
	table()
	p.put("</details></figure>\n")
}

// wastes draws what is billed in each namespace: money, or with no prices CPU and memory.
func (p *page) wastes(r *report) {
	const title = "Waste by namespace"
	list := countNamespaces(r)
	chart := bars{id: "waste", title: title}
	caption := "CPU and memory of one pod of each object: requested, billed but not requested, and taken by Fargate itself."
	if r.bill != nil {
		caption = "What the pods cost in a month, and the part for CPU and memory that they don't request. Where their number varies: the least."
		chart.panels = moneyPanels(list, r.currency())
	} else {
		chart.panels = amountPanels(list)
	}
	for i := range list {
		if list[i].drawn(r.bill != nil) {
			chart.labels = append(chart.labels, list[i].title())
		}
	}
	if len(chart.labels) == 0 {
		return
	}
	p.figure(false, title, caption, func() { p.bars(&chart) }, func() { p.barTable(&chart, "Namespace") })
}

// drawn reports a namespace for which something is billed.
func (n *namespaceCount) drawn(money bool) bool {
	if money {
		return n.cost.Month.Least > 0
	}
	return n.provisioned.MilliCPU > 0
}

func moneyPanels(list []namespaceCount, currency string) []panel {
	money := panel{name: "a month", series: []series{{"requested", "requested, with Fargate's own"}, {"waste", "not requested"}}}
	money.text = func(f float64) string { return bill.Money(f).In(currency) }
	for i := range list {
		if n := &list[i]; n.drawn(true) {
			all, waste := float64(n.cost.Month.Least), float64(n.cost.Waste.Least)
			money.values = append(money.values, []float64{max(all-waste, 0), waste})
		}
	}
	return []panel{money}
}

func amountPanels(list []namespaceCount) []panel {
	parts := []series{{"requested", "requested"}, {"waste", "not requested"}}
	cpu := panel{name: "vCPU", unit: "vCPU", series: parts, text: decimal}
	memory := panel{name: "GiB", unit: "GiB", series: append(parts[:2:2], series{"own", "Fargate's own"}), text: decimal}
	for i := range list {
		n := &list[i]
		if !n.drawn(false) {
			continue
		}
		missed := n.missed()
		cpu.values = append(cpu.values, []float64{float64(n.requested.MilliCPU) / 1000, float64(missed.MilliCPU) / 1000})
		memory.values = append(memory.values, []float64{gibOf(n.requested.MilliBytes), gibOf(missed.MilliBytes), gibOf(n.own.MilliBytes)})
	}
	return []panel{cpu, memory}
}

// findingBars draws how many objects have findings of each rule.
func (p *page) findingBars(counts []ruleCount) {
	if len(counts) == 0 {
		return
	}
	const title = "Findings by rule"
	found := panel{name: "objects", text: func(f float64) string { return strconv.Itoa(int(f)) }, series: []series{
		{"b-deny", "denied"}, {"b-pods", "pods denied"}, {"b-warn", "warning"}, {"b-ignored", "ignored"},
	}}
	chart := bars{id: "rules", title: title}
	for i := range counts {
		chart.labels = append(chart.labels, string(counts[i].rule))
		values := make([]float64, len(counts[i].by))
		for by, n := range counts[i].by {
			values[by] = float64(n)
		}
		found.values = append(found.values, values)
	}
	chart.panels = []panel{found}
	p.figure(false, title, "Objects with a finding, by rule, and what it does to them. The table of rules says what to do.",
		func() { p.bars(&chart) }, func() { p.barTable(&chart, "Rule") })
}

// plural counts things: "1 rule", "2 rules".
func plural(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return strconv.Itoa(n) + " " + of + "s"
}
