package summary

import "time"

// Counts are numbers of requests by what became of them.
type Counts struct {
	Refused int64 `json:"refused"`
	// WouldRefuse and WouldChange are those that mode Observe let through.
	WouldRefuse int64 `json:"wouldRefuse"`
	Changed     int64 `json:"changed"`
	WouldChange int64 `json:"wouldChange"`
}

// add counts the requests of a line.
func (c *Counts) add(l *line) {
	count := int64(l.Count)
	switch {
	case l.Event == "refused" && l.Observed:
		c.WouldRefuse += count
	case l.Event == "refused":
		c.Refused += count
	case l.Observed:
		c.WouldChange += count
	default:
		c.Changed += count
	}
}

func (c *Counts) sum(other *Counts) {
	c.Refused += other.Refused
	c.WouldRefuse += other.WouldRefuse
	c.Changed += other.Changed
	c.WouldChange += other.WouldChange
}

func (c *Counts) refusals() int64 { return c.Refused + c.WouldRefuse }
func (c *Counts) total() int64    { return c.refusals() + c.Changed + c.WouldChange }

// Lines says what was read.
type Lines struct {
	Read int64 `json:"read"`
	// Damaged lines could not be read, and Other ones are not of the audit log.
	Damaged int64 `json:"damaged"`
	Other   int64 `json:"other"`
	// Earlier lines are before the time that is asked for.
	Earlier int64 `json:"earlier"`
	// DryRuns is the number of requests that were dry runs, and Unproven that of requests whose
	// callers proved nothing: these lines may be forged.
	DryRuns  int64 `json:"dryRuns"`
	Unproven int64 `json:"unproven"`
}

// Report is what a summary found.
type Report struct {
	By By `json:"by"`
	// Since is the time before which lines were left out, nil for none.
	Since *time.Time `json:"since,omitempty"`
	// From and To are the times of the first and the last request, nil if there is none.
	From *time.Time `json:"from,omitempty"`
	To   *time.Time `json:"to,omitempty"`
	Counts
	// Groups are those with most requests, first.
	Groups []Group `json:"groups"`
	// More is the number of groups that are not listed, and Others what they count.
	More   int    `json:"more"`
	Others Counts `json:"others"`
	// Merged is true if there were so many groups that the counts of the smaller ones may be too low.
	Merged bool `json:"merged"`
	// Halves is true if there is enough time between the requests to divide it.
	Halves bool `json:"halves"`
	// Times are the stretches of time with requests, all of the same length, in UTC.
	Times []Stretch `json:"times"`
	Lines Lines     `json:"lines"`
}

// Group is what is counted for a rule, user, namespace, owner or profile. The name of those without
// any is "".
type Group struct {
	Name string `json:"name"`
	Counts
	// Earlier and Later are the requests of the earlier and the later half of all the time.
	Earlier int64     `json:"earlier"`
	Later   int64     `json:"later"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	// Example is the namespace and owner of the last request.
	Example string `json:"example"`
}

// Stretch is a stretch of time.
type Stretch struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Requests int64     `json:"requests"`
}

// Report returns what was found, with the groups that have most requests: at most top, or all if it is
// 0.
func (s *Summary) Report(top int) *Report {
	r := &Report{By: s.by, Counts: s.all.Counts, Groups: []Group{}, Times: []Stretch{}, Others: s.merged, Merged: s.mergings > 0, Halves: s.timeline.divides(), Lines: s.lines}
	if !s.since.IsZero() {
		r.Since = &s.since
	}
	if s.all.total() > 0 {
		r.From, r.To = &s.all.first, &s.all.last
	}
	half := s.timeline.half()
	for i, g := range s.sorted() {
		if top > 0 && i >= top {
			r.More++
			r.Others.sum(&g.Counts)
			continue
		}
		r.Groups = append(r.Groups, g.report(half))
	}
	for _, b := range s.all.buckets {
		r.Times = append(r.Times, Stretch{From: s.timeline.start(b.index), To: s.timeline.start(b.index + 1), Requests: b.count})
	}
	return r
}

// report returns the group as it is reported. The later half begins with a stretch.
func (g *group) report(half int64) Group {
	out := Group{Name: g.name, Counts: g.Counts, First: g.first, Last: g.last, Example: g.example}
	for _, b := range g.buckets {
		if b.index < half {
			out.Earlier += b.count
		} else {
			out.Later += b.count
		}
	}
	return out
}
