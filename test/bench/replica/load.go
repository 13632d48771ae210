package replica

import (
	"context"
	"slices"
	"time"

	"fargate-webhook/test/rate"
)

// answered is how long requests took, sorted, and how many failed.
type answered struct {
	took   []time.Duration
	failed []error
}

// at returns the time below which so many of 100 requests were, in milliseconds.
func (a *answered) at(percent int) float64 {
	if len(a.took) == 0 {
		return 0
	}
	return float64(a.took[min(len(a.took)*percent/100, len(a.took)-1)].Microseconds()) / 1000
}

// load sends a review to a URL at a rate, on connections that are kept, as the API server does.
func load(ctx context.Context, url string, authority, body []byte, perSecond int, lasting time.Duration) *answered {
	bounded, stop := context.WithTimeout(ctx, lasting)
	defer stop()
	var a answered
	a.took, a.failed = rate.SendReviews(bounded, perSecond, url, authority, body)
	slices.Sort(a.took)
	return &a
}
