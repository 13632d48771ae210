package html

import (
	"maps"
	"slices"
	"strconv"

	"fargate-webhook/review"
)

// rules writes a table of the rules that were broken, with what they mean.
func (p *page) rules(r *report) {
	counts := countRules(r.rows)
	if len(counts) == 0 {
		return
	}
	p.put(`<section aria-labelledby="rules-title">
<h2 id="rules-title">Rules</h2>
<div class="scroll" role="region" aria-labelledby="rules-title" tabindex="0">
<table id="rules-table" class="sortable">
<caption>Objects with findings, by rule.</caption>
<thead><tr><th scope="col">Rule</th><th scope="col">Severity</th><th scope="col" class="n">Denied</th><th scope="col" class="n">Pods denied</th>`)
	p.put("<th scope=\"col\" class=\"n\">Warnings</th><th scope=\"col\" class=\"n\">Ignored</th><th scope=\"col\">What it finds</th></tr></thead>\n<tbody>\n")
	for i := range counts {
		c := &counts[i]
		p.put(`<tr><th scope="row">{}</th><td>{}</td>`, string(c.rule), string(c.severity))
		for _, n := range c.by {
			p.number(n)
		}
		p.put(`<td>`)
		if rule := review.RuleOf(c.rule); rule != nil {
			p.put(`{}<details><summary>Why, and what to do</summary><p>{}</p><p>{}</p><p><strong>Fix:</strong> {}</p><p class="at"><code>fargate-webhook explain {}</code></p></details>`,
				rule.Title, rule.What, rule.Why, rule.Fix, string(rule.ID))
		}
		p.put("</td></tr>\n")
	}
	p.put("</tbody>\n</table>\n</div>\n</section>\n")
}

// number writes a cell with a number.
func (p *page) number(n int) {
	zero := markup("")
	if n == 0 {
		zero = " z"
	}
	p.put(`<td class="n`+zero+`" data-v="{}">{}</td>`, strconv.Itoa(n), strconv.Itoa(n))
}

// namespaces writes a table of the namespaces.
func (p *page) namespaces(r *report) {
	list := countNamespaces(r)
	if len(list) == 0 {
		return
	}
	p.put(`<section aria-labelledby="namespaces-title">
<h2 id="namespaces-title">Namespaces</h2>
<div class="scroll" role="region" aria-labelledby="namespaces-title" tabindex="0">
<table class="sortable">
<caption>Requested and billed are those of one pod of each object whose pods run on Fargate.</caption>
<thead><tr><th scope="col">Namespace</th><th scope="col" class="n">Objects</th><th scope="col" class="n">Denied</th><th scope="col" class="n">Warnings</th>`)
	p.put(`<th scope="col" class="n">Requested</th><th scope="col" class="n">Billed</th>`)
	if r.bill != nil {
		p.put(`<th scope="col" class="n">A month</th><th scope="col" class="n">Not requested</th>`)
	}
	p.put("</tr></thead>\n<tbody>\n")
	for i := range list {
		n := &list[i]
		p.put(`<tr><th scope="row">{}</th>`, n.title())
		p.number(n.objects)
		p.number(n.denied)
		p.number(n.warned)
		p.put(`<td class="n" data-v="{}">{}</td><td class="n" data-v="{}">{}</td>`,
			weight(n.requested), amountText(n.requested), weight(n.provisioned), amountText(n.provisioned))
		if r.bill != nil {
			p.sums(&n.cost, r.currency())
		}
		p.put("</tr>\n")
	}
	p.put("</tbody>\n</table>\n</div>\n</section>\n")
}

// sums writes the cells of what several objects cost.
func (p *page) sums(t *review.Total, currency string) {
	p.put(`<td class="n" data-v="{}">{}</td><td class="n" data-v="{}">{}</td>`,
		centsText(t.Month.Least), sumText(t.Month, currency), centsText(t.Waste.Least), sumText(t.Waste, currency))
}

// profiles writes a table of what the pods of each Fargate profile cost.
func (p *page) profiles(b *review.BillTotal) {
	if b == nil || len(b.Profiles) == 0 {
		return
	}
	p.put(`<section aria-labelledby="profiles-title">
<h2 id="profiles-title">Fargate profiles</h2>
<div class="scroll" role="region" aria-labelledby="profiles-title" tabindex="0">
<table class="sortable">
<caption>With a bill: {} workloads. At the most, with all retries and kept pods, they take {} vCPU of the quota of the account.</caption>
<thead><tr><th scope="col">Profile</th><th scope="col" class="n">Workloads</th><th scope="col" class="n">Pods</th><th scope="col" class="n">vCPU at most</th>`,
		strconv.Itoa(b.Total.Workloads), string(b.Total.VCPU))
	p.put("<th scope=\"col\" class=\"n\">A month</th><th scope=\"col\" class=\"n\">Not requested</th></tr></thead>\n<tbody>\n")
	for _, name := range slices.Sorted(maps.Keys(b.Profiles)) {
		total := b.Profiles[name]
		p.put(`<tr><th scope="row">{}</th>`, name)
		p.number(total.Workloads)
		p.put(`<td class="n" data-v="{}">{}</td><td class="n" data-v="{}">{}</td>`,
			strconv.FormatInt(total.Pods.Most, 10), podsText(total.Pods), string(total.VCPU), string(total.VCPU))
		p.sums(&total, b.Prices.Currency)
		p.put("</tr>\n")
	}
	p.put("</tbody>\n</table>\n</div>\n</section>\n")
}

// ignoredTable writes a table of the findings that annotations ask to ignore.
func (p *page) ignoredTable(r *report) {
	if !slices.ContainsFunc(r.rows, func(r row) bool { return len(r.Ignored) > 0 }) {
		return
	}
	p.put(`<section aria-labelledby="ignored-title">
<h2 id="ignored-title">Ignored findings</h2>
<div class="scroll" role="region" aria-labelledby="ignored-title" tabindex="0">
<table class="sortable">
<caption>Annotations ask to ignore these; they count neither as a result nor for the exit code.</caption>
<thead><tr><th scope="col">Object</th><th scope="col">Namespace</th><th scope="col">Rule</th><th scope="col">Finding</th><th scope="col">Reason</th></tr></thead>
<tbody>
`)
	for i := range r.rows {
		o := &r.rows[i]
		for f := range o.Ignored {
			p.put(`<tr><th scope="row">{} {}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>`+"\n",
				o.Kind, o.title(), o.Namespace, string(o.Ignored[f].Rule), o.Ignored[f].Message, o.Ignored[f].Reason)
		}
	}
	p.put("</tbody>\n</table>\n</div>\n</section>\n")
}

// skipped writes which objects the page doesn't show.
func (p *page) skipped(r *report) {
	if len(r.skipped) == 0 {
		return
	}
	p.put(`<section aria-labelledby="skipped-title">
<h2 id="skipped-title">Not shown</h2>
<p>Kinds that are not judged: `)
	for i, kind := range slices.Sorted(maps.Keys(r.skipped)) {
		if i > 0 {
			p.put(", ")
		}
		p.put(`{} {}`, strconv.Itoa(r.skipped[kind]), kind)
	}
	p.put(".</p>\n</section>\n")
}
