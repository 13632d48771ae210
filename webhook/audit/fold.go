package audit

import (
	"container/list"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"fargate-webhook/internal/wake"
)

// maxHeld is how many bytes of folded lines are held, about.
const maxHeld = 1 << 20

// folder holds back lines that say what an earlier one of the same owner said, and counts them.
type folder struct {
	// window is how long they are held.
	window time.Duration

	mu sync.Mutex
	// byKey are the elements of held, which are folds, in the order in which their windows end.
	byKey map[string]*list.Element
	held  list.List
	size  int
	// closed is true when nothing is held any more.
	closed bool
	// wake has an item when there is a window again.
	wake chan struct{}
}

// fold are the lines that say the same since one that was written.
type fold struct {
	key   string
	until time.Time
	// count is the number of lines that are held, since the time of the first of them, and last the
	// last of them.
	count int
	since time.Time
	last  Line
	size  int
}

func newFolder(window time.Duration) *folder {
	return &folder{window: window, byKey: map[string]*list.Element{}, wake: make(chan struct{}, 1)}
}

// add returns the lines that are to be written now: this one if it is the first that says so, and
// those of others that it leaves no room for.
func (f *folder) add(l *Line) []Line {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.Owner == "" || f.closed {
		return []Line{*l}
	}
	var out []Line
	key := keyOf(l)
	if element := f.byKey[key]; element != nil {
		f.hold(element.Value.(*fold), l) //nolint:forcetypeassert // the list holds nothing else
	} else {
		out = append(out, *l)
		f.begin(key, l.Time)
	}
	for f.size > maxHeld {
		out = append(out, f.remove(f.held.Front())...)
	}
	return out
}

// begin begins a window.
func (f *folder) begin(key string, now time.Time) {
	n := &fold{key: key, until: now.Add(f.window), size: len(key) + 512}
	f.byKey[key] = f.held.PushBack(n)
	f.size += n.size
	if f.held.Len() == 1 {
		wake.Notify(f.wake)
	}
}

// hold counts a line.
func (f *folder) hold(n *fold, l *Line) {
	if n.count == 0 {
		n.since = l.Time
	}
	size := sizeOf(l)
	if n.count > 0 {
		size -= sizeOf(&n.last)
	}
	n.count++
	n.last = *l
	n.size += size
	f.size += size
}

// remove takes out a fold and returns its line, if it holds one.
func (f *folder) remove(element *list.Element) []Line {
	n := f.held.Remove(element).(*fold) //nolint:forcetypeassert // the list holds nothing else
	delete(f.byKey, n.key)
	f.size -= n.size
	if n.count == 0 {
		return nil
	}
	return []Line{n.line()}
}

// line returns the line that stands for all that are held.
func (n *fold) line() Line {
	line := n.last
	line.Count, line.Since = n.count, n.since
	return line
}

// ended returns the lines whose windows have ended, and when the next one ends; zero for never. An
// owner that goes on is held for another window.
func (f *folder) ended(now time.Time) (out []Line, next time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for front := f.held.Front(); front != nil; front = f.held.Front() {
		n := front.Value.(*fold) //nolint:forcetypeassert // the list holds nothing else
		if n.until.After(now) {
			return out, n.until
		}
		goesOn := n.count > 0
		out = append(out, f.remove(front)...)
		if goesOn {
			f.begin(n.key, now)
		}
	}
	return out, time.Time{}
}

// close returns the lines of all that is held, and holds nothing from now on.
func (f *folder) close() (out []Line) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for front := f.held.Front(); front != nil; front = f.held.Front() {
		out = append(out, f.remove(front)...)
	}
	return out
}

// keyOf returns what lines share that are folded. They may differ in UID, groups and names, in the
// fields and messages of findings and in findings that aren't listed, and in the values that are
// set: labels, annotations, pin and resources. A folded line has those of the last. Refusals by
// different rules are different lines.
func keyOf(l *Line) string {
	var rules []string
	for _, finding := range l.Findings {
		if !slices.Contains(rules, finding.Rule) {
			rules = append(rules, finding.Rule)
		}
	}
	slices.Sort(rules)
	return strings.Join([]string{
		string(l.Event), fmt.Sprint(l.Observed, l.DryRun), l.Caller, l.User, l.Operation, l.Resource, l.SubResource, l.Namespace, l.Owner, l.Profile,
		strings.Join(rules, ","), strings.Join(l.Changes, ","),
	}, "\x00")
}

// sizeOf returns about how many bytes a line takes in memory.
func sizeOf(l *Line) int {
	size := 512 + len(l.UID) + len(l.User) + len(l.Name) + len(l.GenerateName)
	for _, text := range slices.Concat(l.Groups, l.Changes) {
		size += 16 + len(text)
	}
	for _, finding := range l.Findings {
		size += 48 + len(finding.Rule) + len(finding.Field) + len(finding.Message)
	}
	for _, resources := range l.Resources {
		size += 256 + len(resources.Container)
	}
	for _, pairs := range []map[string]string{l.Labels, l.Annotations} {
		for key, value := range pairs {
			size += 64 + len(key) + len(value)
		}
	}
	return size
}
