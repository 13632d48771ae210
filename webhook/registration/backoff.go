package registration

import "time"

const (
	// firstBackoff is the least time between two repairs of a configuration.
	firstBackoff = time.Second
	// maxBackoff is the longest time between two repairs. After as long without a repair the next
	// one backs off from firstBackoff again.
	maxBackoff = 5 * time.Minute
)

// backoff slows repairs down while somebody, such as another controller, reverts them again and
// again. The zero backoff allows a repair at once.
type backoff struct {
	next  time.Time
	pause time.Duration
}

// wait returns how long the next repair has to wait, 0 if it may run now.
func (p *backoff) wait(now time.Time) time.Duration { return max(0, p.next.Sub(now)) }

// increase records a repair and doubles the time until the next.
func (p *backoff) increase(now time.Time) {
	if p.pause == 0 || now.Sub(p.next) > maxBackoff {
		p.pause = firstBackoff
	} else {
		p.pause = min(2*p.pause, maxBackoff)
	}
	p.next = now.Add(p.pause)
}
