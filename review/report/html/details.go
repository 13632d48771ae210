package html

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fargate-webhook/fargate/jsonpatch"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/internal/text"
	"fargate-webhook/policy"
	"fargate-webhook/review"
)

// details writes all that is known of an object, for its row to open.
func (p *page) details(r *row, currency string) {
	p.put(`<div class="card">`)
	p.findings(r)
	p.ignored(r.Ignored)
	p.changes("Changes by admission", r.Patch)
	if e := r.Enforced; e != nil {
		p.put(`<section><h3>Under mode: Enforce</h3><p>It would run on {}, size {}.</p>`, placedOn(&e.Placement), sizeText(e.Size))
		p.patch(e.Patch)
		p.put(`</section>`)
	}
	p.bill(r.Bill, currency)
	p.usage(r)
	p.where(r)
	p.put(`</div>`)
}

// findings writes what is wrong with an object, and what to do about it.
func (p *page) findings(r *row) {
	if len(r.Findings)+len(r.UnknownFields) == 0 && r.unjudged == "" {
		return
	}
	p.put(`<section class="wide"><h3>Findings</h3><ul class="plain">`)
	if r.unjudged != "" {
		p.put(`<li>Not judged: {}</li>`, r.unjudged)
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		p.put(`<li>`)
		p.finding(&f.Finding, lineText(r.Source, f.Line, f.Column))
		p.put(`<p class="fix"><strong>Fix:</strong> {}</p></li>`, f.Remedy)
	}
	if len(r.UnknownFields) > 0 {
		p.put(`<li>Unknown fields, which the API server drops or refuses: `)
		p.codes(r.UnknownFields)
		p.put(`</li>`)
	}
	p.put(`</ul></section>`)
}

// finding writes a finding. place is where its field is in the source, if that is known.
func (p *page) finding(f *rules.Finding, place string) {
	switch {
	case f.PodsRefused:
		p.badge("pods", "pods denied")
	case f.Action == policy.Deny:
		p.badge("deny", "denied")
	default:
		p.badge("warn", "warning")
	}
	p.put(` <b>{}</b> <small>severity {}</small>`, string(f.Rule), string(f.Severity))
	if f.WouldDeny {
		p.put(` <small>would be refused under mode: Enforce</small>`)
	}
	p.put(`<p>{}</p><p class="at">At `, f.Message)
	if len(f.Fields) > 1 {
		p.codes(f.Fields)
	} else {
		p.codes([]string{f.Field})
	}
	if place != "" {
		p.put(`, {}`, place)
	}
	p.put(`</p>`)
}

// lineText returns "web.yaml:12:5", and nothing where the line isn't known.
func lineText(source string, line, column int) string {
	if line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", source, line, column)
}

func (p *page) ignored(list []review.Ignored) {
	if len(list) == 0 {
		return
	}
	p.put(`<section class="wide"><h3>Ignored findings</h3><ul class="plain">`)
	for i := range list {
		p.put(`<li>`)
		p.finding(&list[i].Finding, "")
		p.put(`<p class="fix"><strong>Ignored because:</strong> {}</p>`, list[i].Reason)
		if list[i].Refused {
			p.put(`<p class="fix">Admission refuses it nevertheless.</p>`)
		}
		p.put(`</li>`)
	}
	p.put(`</ul></section>`)
}

func (p *page) badge(id markup, name string) { p.put(`<b class="badge `+id+`">{}</b>`, name) }

// codes writes a list of names.
func (p *page) codes(list []string) {
	for i, name := range list {
		if i > 0 {
			p.put(`, `)
		}
		p.put(`<code>{}</code>`, name)
	}
}

func (p *page) changes(title string, patch jsonpatch.Patch) {
	if len(patch) == 0 {
		return
	}
	p.put(`<section class="wide"><h3>{}</h3>`, title)
	p.patch(patch)
	p.put(`</section>`)
}

// patch writes a patch, an operation a line.
func (p *page) patch(patch jsonpatch.Patch) {
	p.put(`<pre>`)
	for _, op := range patch {
		p.put("<span>{}</span> {}{}\n", op.Op, op.Path, text.Value(op.Value))
	}
	p.put(`</pre>`)
}

// usage writes how one pod uses its size.
func (p *page) usage(r *row) {
	u := r.Usage
	if u == nil {
		return
	}
	p.put(`<section><h3>One pod</h3><table><thead><tr><th scope="col"></th><th scope="col" class="n">CPU</th><th scope="col" class="n">Memory</th></tr></thead><tbody>`)
	for _, line := range []struct {
		name  string
		value review.Amount
	}{
		{"requests", u.Requested}, {"size", u.Provisioned}, {"may use, after admission", u.HandedOut}, {"can't use", u.Unused},
	} {
		p.put(`<tr><th scope="row">{}</th><td class="n">{}</td><td class="n">{}</td></tr>`, line.name, line.value.CPU, line.value.Memory)
	}
	p.put(`</tbody></table>`)
	if len(r.HeldBy) > 0 {
		p.put(`<p>Admission doesn't raise its requests, since they are counted by {}.</p>`, strings.Join(r.HeldBy, ", "))
	}
	p.put(`</section>`)
}

// where writes where the pods run and why, and where the object is from.
func (p *page) where(r *row) {
	p.put(`<section><h3>Where</h3><dl>`)
	if r.Exempt {
		p.put(`<dt>Exempt</dt><dd>{}</dd>`, r.ExemptReason)
	}
	if on := r.runsOn(); on != "" && (r.Placement.Fargate || r.HasPods()) {
		p.put(`<dt>Runs on</dt><dd>{}`, placedOn(&r.Placement))
		if r.Placement.Reason != "" {
			p.put(`: {}`, r.Placement.Reason)
		}
		p.put(`</dd>`)
	}
	if labels := r.Placement.Labels; len(labels) > 0 {
		p.put(`<dt>Added labels</dt><dd>`)
		p.codes(pairs(labels))
		p.put(`</dd>`)
	}
	for _, near := range r.Placement.EquallyNear {
		p.put(`<dt>Equally near</dt><dd>{}: `, near.Profile)
		p.codes(pairs(near.Labels))
		p.put(`</dd>`)
	}
	p.put(`<dt>Object</dt><dd>{} {}</dd>`, r.APIVersion, r.Kind)
	if r.PodTemplate != "" {
		p.put(`<dt>Pod template</dt><dd><code>{}</code></dd>`, r.PodTemplate)
	}
	p.put(`<dt>Source</dt><dd>{}</dd></dl></section>`, sourceText(r.Item))
}

func placedOn(p *review.Placement) string {
	if p.Fargate {
		return "Fargate profile " + p.Profile
	}
	return review.NotFargate
}

// pairs lists labels by key.
func pairs(labels map[string]string) []string {
	list := make([]string, 0, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, key+"="+labels[key])
	}
	return list
}
