package html

import (
	"strings"
	"testing"
)

// lowContrast lists the texts of the page whose contrast with what is behind them is too low, as
// they are painted.
const lowContrast = `(() => {
	const rgb = (text) => (text.match(/[\d.]+/g) || []).map(Number);
	const part = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
	const luminance = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
	const behind = (node) => {
		for (; node; node = node.parentElement) {
			const color = rgb(getComputedStyle(node).backgroundColor);
			if (color.length === 3 || color[3] === 1) return color;
		}
		return [255, 255, 255];
	};
	const low = [];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n = walker.nextNode(); n; n = walker.nextNode()) {
		const parent = n.parentElement;
		if (!n.data.trim() || !parent.checkVisibility() || parent.closest('script,style,noscript,title,desc')) continue;
		const style = getComputedStyle(parent);
		const front = luminance(rgb(parent.closest('svg') ? style.fill : style.color)), back = luminance(behind(parent));
		const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
		if (ratio < 4.5) low.push(ratio.toFixed(2) + ' ' + n.data.trim().slice(0, 40));
	}
	return low;
})()`

// broken lists what no one could use who doesn't see the page: ids that are there twice, names that
// refer to nothing, headings out of their order, controls within others.
const broken = `(() => {
	const found = [], ids = new Set();
	for (const n of document.querySelectorAll('[id]')) {
		if (ids.has(n.id)) found.push('id twice: ' + n.id);
		ids.add(n.id);
	}
	for (const n of document.querySelectorAll('[aria-labelledby]')) {
		for (const id of n.getAttribute('aria-labelledby').split(' ')) if (!ids.has(id)) found.push('no label: ' + id);
	}
	for (const n of document.querySelectorAll('[aria-controls][aria-expanded=true]')) {
		if (!ids.has(n.getAttribute('aria-controls'))) found.push('controls nothing: ' + n.textContent);
	}
	let level = 0;
	for (const n of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
		if (n.tagName[1] > level + 1) found.push('heading: ' + n.textContent);
		level = Number(n.tagName[1]);
	}
	for (const n of document.querySelectorAll('th:not([scope])')) found.push('no scope: ' + n.textContent);
	for (const n of document.querySelectorAll('button button, a button, button a, label label')) found.push('within another: ' + n.textContent);
	for (const n of document.querySelectorAll('[tabindex]')) if (n.tabIndex > 0) found.push('tabindex: ' + n.outerHTML.slice(0, 60));
	for (const table of document.querySelectorAll('table.sortable, #objects-table')) if (!table.caption) found.push('no caption');
	return found;
})()`

// axNode is a node of what the browser hands to a screen reader.
type axNode struct {
	Ignored bool
	Role    struct{ Value string }
	Name    struct{ Value any }
}

// The page as a screen reader and a reader with weak eyes have it, with all rows open, in both color
// schemes, wide and narrow.
func TestBrowserAccess(t *testing.T) {
	b := newBrowser(t)
	b.open(pageOf(t, billed(t)))
	settled(b, "15 objects")
	eval[any](b, `(() => {
		[...document.querySelectorAll('#status button')].find((b) => b.textContent === 'Open all shown').click();
		document.querySelectorAll('details').forEach((d) => { d.open = true; });
	})()`)
	for _, width := range []int{1360, 390} {
		b.resize(width, 900)
		for _, scheme := range []string{"light", "dark"} {
			b.media("screen", scheme)
			if low := eval[[]string](b, lowContrast); len(low) > 0 {
				t.Errorf("%s, %d pixels: %q", scheme, width, low)
			}
		}
		if over := eval[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("at %d pixels the page is %d too wide", width, over)
		}
	}
	if found := eval[[]string](b, broken); len(found) > 0 {
		t.Errorf("%q", found)
	}

	var tree struct{ Nodes []axNode }
	b.call("Accessibility.getFullAXTree", nil, &tree)
	count := map[string]int{}
	for _, n := range tree.Nodes {
		if n.Ignored {
			continue
		}
		role := n.Role.Value
		count[role]++
		name, _ := n.Name.Value.(string)
		switch role {
		case "button", "link", "searchbox", "combobox", "region", "img", "image", "heading", "option", "table":
			// The small tables within a row or a picture have headings above them.
			if strings.TrimSpace(name) == "" && role != "table" {
				t.Errorf("a %s has no name", role)
			}
		}
	}
	for role, least := range map[string]int{"main": 1, "banner": 1, "contentinfo": 1, "status": 1, "searchbox": 1, "combobox": 6, "button": 30, "rowheader": 30, "columnheader": 20} {
		if count[role] < least {
			t.Errorf("%d of role %s", count[role], role)
		}
	}
	b.quiet()
}

// The reader may choose the colors, and paper is always light.
func TestBrowserColors(t *testing.T) {
	b := newBrowser(t)
	b.open(pageOf(t, reportOf(shopItems(t))))
	back := func() string {
		b.frame()
		return eval[string](b, `getComputedStyle(document.documentElement).backgroundColor`)
	}
	const light, dark = "rgb(255, 255, 255)", "rgb(13, 17, 23)"
	b.media("screen", "dark")
	if got := back(); got != dark {
		t.Errorf("as the system, dark: %s", got)
	}
	choose(b, "Colors", "light")
	if got := back(); got != light {
		t.Errorf("light: %s", got)
	}
	b.media("screen", "light")
	choose(b, "Colors", "dark")
	if got := back(); got != dark {
		t.Errorf("dark: %s", got)
	}
	b.call("Page.reload", nil, nil)
	<-b.loaded
	if got := back(); got != dark {
		t.Errorf("after a reload: %s", got)
	}
	b.media("print", "dark")
	if got := back(); got != light {
		t.Errorf("on paper: %s", got)
	}
	if n := eval[int](b, `[...document.querySelectorAll('button.sort, #controls, #status button')].filter((n) => n.checkVisibility()).length`); n > 0 {
		t.Errorf("%d controls are on paper", n)
	}
	var pdf struct{ Data string }
	b.call("Page.printToPDF", fields{"preferCSSPageSize": true}, &pdf)
	if len(pdf.Data) < 10000 {
		t.Error("it doesn't print")
	}
	b.quiet()
}

// Pictures for whoever changes how the page looks: go test -run Pictures -artifacts.
func TestBrowserPictures(t *testing.T) {
	b := newBrowser(t)
	page := pageOf(t, billed(t))
	b.open(page)
	settled(b, "15 objects")
	eval[any](b, `document.querySelectorAll('button.row').forEach((row, i) => { if (i === 1 || i === 6) row.click(); })`)
	b.screenshot("light.png")
	b.media("screen", "dark")
	b.screenshot("dark.png")
	b.resize(390, 844)
	b.media("screen", "light")
	b.screenshot("narrow.png")
	b.resize(1030, 720) // A4 without margins
	b.media("print", "light")
	b.screenshot("print.png")
	b.media("screen", "light")
	b.resize(1360, 900)
	b.call("Emulation.setScriptExecutionDisabled", fields{"value": true}, nil)
	b.open(page)
	b.screenshot("no-script.png")
	b.quiet()
}
