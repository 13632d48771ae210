package html

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// shown are the names of the objects that the table shows, in their order.
const shown = `[...document.querySelectorAll('#objects-table tr[data-s] th')].map((th) => th.textContent)`

// settled waits until the status line says something.
func settled(b *browser, want string) {
	b.t.Helper()
	for range 200 {
		if strings.HasPrefix(eval[string](b, `document.querySelector('[role=status]').textContent`), want) {
			return
		}
		eval[any](b, `new Promise((done) => setTimeout(done, 50))`)
	}
	b.t.Errorf("the status is %q, want %q", eval[string](b, `document.querySelector('[role=status]').textContent`), want)
}

// choose sets a select or input by its label, as a reader does.
func choose(b *browser, label, value string) {
	b.t.Helper()
	eval[any](b, `(() => {
		const control = [...document.querySelectorAll('label')].find((l) => l.firstChild.textContent.trim() === %s).querySelector('select,input');
		control.value = %s;
		control.dispatchEvent(new Event(control.tagName === 'SELECT' ? 'change' : 'input', {bubbles: true}));
	})()`, label, value)
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// A reader in a real browser, from disk: filters, sorts, opens. Nothing complains, nothing is
// requested.
func TestBrowserReads(t *testing.T) {
	b := newBrowser(t)
	b.open(pageOf(t, billed(t)))
	settled(b, "15 objects")

	choose(b, "Result", "pods denied")
	settled(b, "2 of 15 objects match")
	same(t, "pods denied", eval[[]string](b, shown), "batch", "checkout")
	choose(b, "Result", "")
	choose(b, "Rule", "host-namespaces")
	same(t, "of a rule", eval[[]string](b, shown), "debug", "checkout")
	choose(b, "Rule", "")
	choose(b, "Namespace", "kube-system")
	same(t, "of a namespace", eval[[]string](b, shown), "coredns")
	choose(b, "Namespace", "")
	choose(b, "Search names, findings, changes", "LOAD balancer march")
	settled(b, "1 of 15 objects match")
	same(t, "found in a reason", eval[[]string](b, shown), "cache")
	choose(b, "Search names, findings, changes", "")
	settled(b, "15 objects")
	choose(b, "Search names, findings, changes", `"shpo"`)
	settled(b, "1 of 15 objects match")
	same(t, "found in a quotation", eval[[]string](b, shown), "basket")
	eval[any](b, `[...document.querySelectorAll('#controls button')].find((b) => b.textContent === 'Reset').click()`)
	settled(b, "15 objects")
	eval[any](b, `document.querySelector('button.tile.exempt').click()`)
	settled(b, "1 of 15 objects match")
	if !eval[bool](b, `document.querySelector('button.tile.exempt').ariaPressed === 'true'`) {
		t.Error("the total isn't pressed")
	}
	eval[any](b, `document.querySelector('button.tile.exempt').click()`)
	settled(b, "15 objects")
	eval[any](b, `[...document.querySelectorAll('button.pick')].find((b) => b.textContent === 'node-port').click()`)
	same(t, "of a rule of the table", eval[[]string](b, shown), "web")
	choose(b, "Rule", "")

	sort := func(header string) []string {
		eval[any](b, `[...document.querySelectorAll('#objects-table button.sort')].find((b) => b.textContent === %s).click()`, header)
		return eval[[]string](b, shown)
	}
	if got := sort("Size"); got[0] != "report" || got[1] != "search" {
		t.Errorf("the largest first: %q", got)
	}
	if order := eval[string](b, `document.querySelector('#objects-table [aria-sort]').ariaSort`); order != "descending" {
		t.Errorf("aria-sort is %s", order)
	}
	if got := sort("Size"); got[len(got)-1] != "report" {
		t.Errorf("the largest last: %q", got)
	}
	if got := sort("Name"); !slices.IsSorted(got) || len(got) != 15 {
		t.Errorf("by name: %q", got)
	}
	if n := eval[int](b, `document.querySelectorAll('#objects-table [aria-sort]').length`); n != 1 {
		t.Errorf("%d columns are sorted", n)
	}
	eval[any](b, `document.querySelector('#rules-table button.sort').click()`)
	if got := eval[[]string](b, `[...document.querySelectorAll('#rules-table tbody th')].map((th) => th.textContent)`); !slices.IsSorted(got) || len(got) != 9 {
		t.Errorf("rules by name: %q", got)
	}

	// All of them open, and say what they say without scripts.
	eval[any](b, `[...document.querySelectorAll('#status button')].find((b) => b.textContent === 'Open all shown').click()`)
	if n := eval[int](b, `document.querySelectorAll('tr.detail:not([hidden]) .card').length`); n != 15 {
		t.Errorf("%d rows are open", n)
	}
	if n := eval[int](b, `document.querySelectorAll('noscript *, .card noscript').length`); n != 0 {
		t.Errorf("%d elements in noscript", n)
	}
	text := eval[string](b, `document.querySelector('#' + [...document.querySelectorAll('button.row')].find((b) => b.textContent === 'debug').getAttribute('aria-controls')).innerText`)
	for _, want := range []string{"host-namespaces", "Fix: ", "spec.hostPID", "One pod"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	b.quiet()
}

// The keyboard reaches everything, in the order of the page, and sees where it is.
func TestBrowserKeyboard(t *testing.T) {
	b := newBrowser(t)
	b.open(pageOf(t, reportOf(shopItems(t))))
	settled(b, "15 objects")
	const at = `(document.activeElement.textContent || document.activeElement.type || '').trim().slice(0, 24)`
	b.press("Tab")
	if got := eval[string](b, at); got != "Skip to the objects" {
		t.Errorf("the first stop is %q", got)
	}
	if !eval[bool](b, `document.activeElement.getBoundingClientRect().left >= 0`) {
		t.Error("the link to skip isn't shown when it has the focus")
	}
	last, opened := -1.0, false
	for range 60 {
		b.press("Tab")
		position := eval[float64](b, `(() => {
			const all = [...document.querySelectorAll('*')];
			return all.indexOf(document.activeElement);
		})()`)
		if position <= last {
			t.Fatalf("%q comes too late", eval[string](b, at))
		}
		last = position
		if width := eval[string](b, `getComputedStyle(document.activeElement).outlineWidth + getComputedStyle(document.activeElement).outlineStyle`); width != "2pxsolid" {
			t.Errorf("%q shows the focus by %s", eval[string](b, at), width)
		}
		if !eval[bool](b, `document.activeElement.matches('button.row')`) {
			continue
		}
		b.press("Enter")
		if !eval[bool](b, `document.activeElement.ariaExpanded === 'true' && !document.getElementById(document.activeElement.getAttribute('aria-controls')).hidden`) {
			t.Fatal("Enter doesn't open the row")
		}
		b.press(" ")
		if !eval[bool](b, `document.activeElement.ariaExpanded === 'false' && document.getElementById(document.activeElement.getAttribute('aria-controls')).hidden`) {
			t.Fatal("space doesn't close the row")
		}
		opened = true
		break
	}
	if !opened {
		t.Error("no row is reached")
	}
	b.quiet()
}

// Markup in names doesn't run, and what gets into the page in another way doesn't either.
func TestBrowserRunsNothingElse(t *testing.T) {
	b := newBrowser(t)
	items := shopItems(t)
	for i, text := range evil {
		items = append(items, withText(items[i%15], text))
	}
	b.open(pageOf(t, reportOf(items)))
	eval[any](b, `[...document.querySelectorAll('#status button')].find((b) => b.textContent === 'Open all shown').click()`)
	if n := eval[int](b, `document.querySelectorAll('img, base, plaintext, main h1, script:not(body > script)').length`); n != 0 {
		t.Errorf("%d elements are made of texts", n)
	}
	b.quiet()
	eval[any](b, `(() => {
		document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.ran = 1"><p onclick="window.ran = 2" id="probe">x</p>');
		document.getElementById('probe').click();
		const script = document.createElement('script');
		script.textContent = 'window.ran = 3';
		document.body.append(script);
		return new Promise((done) => setTimeout(done, 300));
	})()`)
	if eval[bool](b, `'ran' in window`) {
		t.Error("the policy lets a script run")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, complaint := range b.complaints {
		if !strings.Contains(complaint, "Content Security Policy") && !strings.HasSuffix(complaint, "/x") { // it is asked for, and blocked
			t.Error(complaint)
		}
	}
	if len(b.complaints) < 3 {
		t.Errorf("the policy stops %d of 3: %q", len(b.complaints), b.complaints)
	}
}

// Ten thousand objects: the page opens, filters and sorts in seconds of the browser's time, of which
// a busy machine gives little.
func TestBrowserTenThousand(t *testing.T) {
	b := newBrowser(t)
	b.call("Performance.enable", fields{"timeDomain": "threadTicks"}, nil)
	page := pageOf(t, reportOf(manyItems(t, 10000)))
	last := b.worked()
	took := func(what string, most time.Duration) {
		t.Helper()
		now := b.worked()
		if now-last > most {
			t.Errorf("%s takes %v", what, now-last)
		} else {
			t.Logf("%s: %v", what, now-last)
		}
		last = now
	}
	t.Logf("%d MB loaded after %v", len(page)>>20, b.open(page))
	settled(b, "10000 objects, the first 250 are shown")
	took("to open", 5*time.Second)
	eval[any](b, `document.querySelectorAll('#objects-table button.sort')[1].click()`)
	b.frame()
	took("to sort", 5*time.Second)
	choose(b, "Search names, findings, changes", "PRIVILEGED checkout")
	settled(b, "667 of 10000 objects match, the first 250 are shown")
	b.frame()
	took("to search", 5*time.Second)
	choose(b, "Search names, findings, changes", "")
	settled(b, "10000 objects, the first 250")
	eval[any](b, `[...document.querySelectorAll('#status button')].find((b) => b.textContent.startsWith('Show all')).click()`)
	b.frame()
	took("to show all", 20*time.Second)
	if n := eval[int](b, `document.querySelectorAll('#objects-table tr[data-s]').length`); n != 10000 {
		t.Errorf("%d rows", n)
	}
	b.quiet()
}
