package registration

import "time"

const (
	// firstPause is the time from a repair to the next one.
	firstPause = time.Second
	// lastPause bounds it, and is how long nobody must have undone a repair for
	// it to be the first one again.
	lastPause = 5 * time.Minute
)

// pace slows repairs down while somebody undoes them again and again, as
// another controller may.
type pace struct {
	next  time.Time
	pause time.Duration
}

// wait is how long the next repair has to wait, 0 for not at all.
func (p *pace) wait(now time.Time) time.Duration { return max(0, p.next.Sub(now)) }

// repaired tells it of a repair.
func (p *pace) repaired(now time.Time) {
	if p.pause == 0 || now.Sub(p.next) > lastPause {
		p.pause = firstPause
	} else {
		p.pause = min(2*p.pause, lastPause)
	}
	p.next = now.Add(p.pause)
}
