package html

import (
	"crypto/sha256"
	_ "embed" // the style and the script
	"encoding/base64"
	"io"
	"strconv"

	"fargate-webhook/review"
)

var (
	//go:embed assets/style.css
	styleText markup
	//go:embed assets/script.js
	scriptText markup
)

// report is what the page shows.
type report struct {
	rows []row
	// skipped counts the objects that it doesn't show, by kind.
	skipped map[string]int
	// bill is nil where no prices are known.
	bill *review.BillTotal
	// problems are what couldn't be read.
	problems []review.Problem
}

// currency returns that of the bill.
func (r *report) currency() string {
	if r.bill == nil {
		return ""
	}
	return r.bill.Prices.Currency
}

// Write writes a report as an HTML page.
func Write(w io.Writer, r *review.Report) error {
	rows, skipped := rowsOf(r.Items)
	return write(w, &report{rows: rows, skipped: skipped, bill: r.Bill, problems: r.Problems})
}

func write(w io.Writer, r *report) error {
	p := newPage(w)
	style := markup(paletteText()) + styleText
	p.put(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Fargate review</title>
<style>`, hash(scriptText), hash(style))
	p.put(style)
	p.put(`</style>
</head>
<body>
<a class="jump" href="#objects">Skip to the objects</a>
`)
	p.head(r)
	p.put("<main>\n")
	p.problems(r.problems)
	p.overview(r)
	p.objects(r)
	p.rules(r)
	p.namespaces(r)
	p.profiles(r.bill)
	p.ignoredTable(r)
	p.skipped(r)
	p.put("</main>\n<footer>Written by <code>fargate-webhook review</code>. This page loads nothing from the network.</footer>\n<script>")
	p.put(scriptText)
	p.put("</script>\n</body>\n</html>\n")
	return p.out.Flush()
}

// hash returns how a Content-Security-Policy names an inline style or script.
func hash(m markup) string {
	sum := sha256.Sum256([]byte(m))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// head writes the totals, and what all pods cost.
func (p *page) head(r *report) {
	p.put("<header>\n<div class=\"top\"><h1>Fargate review</h1></div>\n")
	p.put("<p class=\"lead\">{}</p>\n<ul class=\"tiles\">\n", r.lead())
	counts := make([]int, len(outcomes))
	for i := range r.rows {
		counts[r.rows[i].rank]++
	}
	for i, o := range outcomes {
		none := markup("")
		if counts[i] == 0 {
			none = " none"
		}
		p.put(`<li><div class="tile `+o.id+none+`" data-result="{}" title="{}"><strong>{}</strong> {}</div></li>`+"\n",
			o.name, o.means, strconv.Itoa(counts[i]), o.name)
	}
	p.put("</ul>\n")
	if line := r.bill.Line(); line != "" {
		p.put(`<p class="money">{}</p>`+"\n", line)
	}
	p.put("</header>\n")
}

// problems lists what couldn't be read, so that the page may lack objects.
func (p *page) problems(list []review.Problem) {
	if len(list) == 0 {
		return
	}
	p.put("<section aria-labelledby=\"problems-title\">\n<h2 id=\"problems-title\">What could not be read</h2>\n<ul>\n")
	for i := range list {
		p.put("<li>{}</li>\n", list[i].Error())
	}
	p.put("</ul>\n</section>\n")
}

// lead says what was judged.
func (r *report) lead() string {
	running := 0
	namespaces := map[string]bool{}
	for i := range r.rows {
		namespaces[r.rows[i].Namespace] = true
		if r.rows[i].runs() {
			running++
		}
	}
	return plural(len(r.rows), "object") + " in " + plural(len(namespaces), "namespace") + ", " + strconv.Itoa(running) + " with pods that run on Fargate"
}
