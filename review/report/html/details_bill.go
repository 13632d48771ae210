package html

import (
	"fmt"
	"strconv"

	"fargate-webhook/bill"
	"fargate-webhook/review"
)

// bill writes what the pods of an object cost in a month, and how they would cost less.
func (p *page) bill(b *review.Bill, currency string) {
	if b == nil {
		return
	}
	pods := podsText(b.Pods)
	p.put(`<section><h3>Cost in a month</h3>`)
	if c := b.Cheaper; c != nil {
		p.put(`<p class="cheaper"><strong>Next cheaper size:</strong> {}. This saves {} for {}.</p>`, c.Text, costText(c.Saved, currency), pods)
	}
	p.put(`<dl><dt>All pods</dt><dd>{} for {}</dd><dt>One pod</dt><dd>{} if it runs all month</dd>`, costText(b.Month, currency), pods, b.PodMonth.In(currency))
	p.put(`<dt>Not requested</dt><dd>{} of it</dd><dt>Fargate's own</dt><dd>{} of it, for the memory that Fargate takes for itself</dd>`,
		costText(b.Waste, currency), costText(b.Reserved, currency))
	if b.Storage != "" {
		p.put(`<dt>Storage</dt><dd>{} a pod is billed</dd>`, b.Storage)
	}
	for i := range b.Containers {
		w := &b.Containers[i]
		p.put(`<dt>Without <code>{}</code></dt><dd>{}, {} a pod: {} less</dd>`, w.Name, sizeText(&w.Size), w.PodMonth.In(currency), costText(w.Saved, currency))
	}
	p.put(`</dl>`)
	for _, note := range b.Notes {
		p.put(`<p class="at">{}</p>`, note)
	}
	p.put(`</section>`)
}

// costText writes an amount of money that is between two others.
func costText(c review.Cost, currency string) string { return bill.Span(c).In(currency) }

// sumText writes a sum of such amounts.
func sumText(s review.Sum, currency string) string { return bill.Sum(s).In(currency) }

// podsText counts pods: "1 pod", "2 to 10 pods".
func podsText(c review.Count) string {
	if c.Least != c.Most {
		return fmt.Sprintf("%d to %d pods", c.Least, c.Most)
	}
	return plural(int(c.Most), "pod")
}

// sizeText returns "0.25 vCPU / 512Mi", and nothing for no size.
func sizeText(s *review.Size) string {
	if s == nil {
		return ""
	}
	return s.VCPU + " vCPU / " + s.Memory
}

// sourceText says where an object is: "web.yaml, line 12, item 3 of a List".
func sourceText(i *review.Item) string {
	text := i.Source
	if i.Line > 0 {
		text += ", line " + strconv.Itoa(i.Line)
	}
	if i.Item != nil {
		text += ", item " + strconv.Itoa(*i.Item+1) + " of a List"
	}
	return text
}
