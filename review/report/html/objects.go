package html

import (
	"slices"
	"strconv"
	"strings"

	"fargate-webhook/bill"
	"fargate-webhook/fargate/sizing"
	"fargate-webhook/review"
)

// shownAtFirst is how many objects a browser with scripts shows until it is asked for more: laying
// out ten thousand takes seconds. The script has the same number.
const shownAtFirst = 250

// objects writes the table of all objects. Each row has its details in its last cell: without
// scripts to be opened there, with scripts as text that is parsed when the row opens.
func (p *page) objects(r *report) {
	p.put(`<section id="objects" aria-labelledby="objects-title">
<h2 id="objects-title">Objects</h2>
<div id="controls" class="controls"></div>
<div id="status" class="status"></div>
`)
	if len(r.rows) == 0 {
		p.put("<p>No object has, makes or leads traffic to pods.</p>\n</section>\n")
		return
	}
	p.put(`<div class="scroll" role="region" aria-labelledby="objects-title" tabindex="0">
<table id="objects-table">
<caption>All objects, the worst first. Each row opens to its findings, changes and size.</caption>
<thead><tr><th scope="col" data-k="result">Result</th><th scope="col">Name</th><th scope="col" class="k" data-k="kind">Kind</th><th scope="col" data-k="namespace">Namespace</th>`)
	p.put(`<th scope="col" class="k" data-k="on">Runs on</th><th scope="col" class="n">Requests</th><th scope="col" class="n">Size</th>`)
	if r.bill != nil {
		p.put(`<th scope="col" class="n">A month</th><th scope="col" class="n">Not requested</th>`)
	}
	p.put("<th scope=\"col\">Findings</th></tr></thead>\n<tbody>\n")
	for i := range r.rows {
		more := markup("")
		if i >= shownAtFirst {
			more = ` class="more"`
		}
		p.object(&r.rows[i], r, more)
	}
	p.put("</tbody>\n</table>\n</div>\n</section>\n")
}

func (p *page) object(r *row, in *report, more markup) {
	ids := r.ruleIDs()
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	o := outcomes[r.rank]
	p.put(`<tr data-s="{}" data-r="{}"`+more+`><td data-v="{}"><b class="badge `+o.id+`">{}</b></td>`,
		string(o.id), strings.Join(names, " "), strconv.Itoa(r.rank), o.name)
	p.put(`<th scope="row">{}</th><td>{}</td><td>{}</td><td data-l="on">{}</td>`, r.title(), r.Kind, r.Namespace, r.runsOn())
	requests := ""
	if r.Usage != nil {
		requests = "none"
		if r.requested != (sizing.Amount{}) {
			requests = r.Usage.Requested.String()
		}
	}
	p.put(`<td class="n nb" data-l="requests" data-v="{}">{}</td><td class="n nb" data-l="size" data-v="{}">{}</td>`,
		weight(r.requested), requests, weight(r.provisioned), sizeText(r.Size))
	if in.bill != nil {
		p.costCells(r.Bill, in.currency())
	}
	p.put(`<td class="last">{}<noscript><details><summary>Details</summary>`,
		r.found(names))
	p.details(r, in.currency())
	p.put("</details></noscript></td></tr>\n")
}

// costCells writes what the pods of an object cost. Objects without a bill sort as the cheapest.
func (p *page) costCells(b *review.Bill, currency string) {
	if b == nil {
		p.put(`<td class="n" data-v="-1"></td><td class="n" data-v="-1"></td>`)
		return
	}
	p.put(`<td class="n" data-l="a month" data-v="{}">{}</td><td class="n" data-l="not requested" data-v="{}">{}</td>`,
		centsText(b.Month.Least), costText(b.Month, currency), centsText(b.Waste.Least), costText(b.Waste, currency))
}

// centsText is what sorts amounts.
func centsText(m bill.Money) string { return strconv.FormatInt(int64(m), 10) }

// found lists what was found: rules, unknown fields, and rules that are ignored.
func (r *row) found(names []string) string {
	if len(r.UnknownFields) > 0 {
		names = append(slices.Clip(names), "unknown fields")
	}
	for i := range r.Ignored {
		names = append(slices.Clip(names), string(r.Ignored[i].Rule)+" (ignored)")
	}
	return strings.Join(names, ", ")
}

// title is the name of an object, with the pod template that it is about.
func (r *row) title() string {
	if r.PodTemplate != "" {
		return r.Name + ", " + r.PodTemplate
	}
	return r.Name
}

// weight orders amounts: a vCPU costs about nine times what a GB does (F10.6).
func weight(a sizing.Amount) string {
	return strconv.FormatInt(a.MilliCPU*9+gib(a.MilliBytes, 1000), 10)
}

// gib returns milli-bytes in parts of a GiB.
func gib(milliBytes, parts int64) int64 { return milliBytes / (1 << 30) * parts / 1000 }
