package registration

import "time"

const (
	// firstBackoff is the time from a repair to the next one.
	firstBackoff = time.Second
	// maxBackoff bounds it, and is how long nobody must have undone a repair for
	// it to be the first one again.
	maxBackoff = 5 * time.Minute
)

// backoff slows repairs down while somebody undoes them again and again, as
// another controller may.
type backoff struct {
	next  time.Time
	pause time.Duration
}

// wait is how long the next repair has to wait, 0 for not at all.
func (p *backoff) wait(now time.Time) time.Duration { return max(0, p.next.Sub(now)) }

// repaired tells it of a repair.
func (p *backoff) increase(now time.Time) {
	if p.pause == 0 || now.Sub(p.next) > maxBackoff {
		p.pause = firstBackoff
	} else {
		p.pause = min(2*p.pause, maxBackoff)
	}
	p.next = now.Add(p.pause)
}
