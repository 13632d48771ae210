// Package doctor judges a live cluster: whether EKS and the webhook work together on it, and what
// else keeps pods off Fargate. Each check is a pure function of a [State], which doctor/live reads.
package doctor

import "slices"

// Status is the result of a check.
type Status string

const (
	// Pass means that what is checked is as it should be.
	Pass Status = "pass"
	// Warn means that something is worth knowing, and works.
	Warn Status = "warn"
	// Fail means that something doesn't work.
	Fail Status = "fail"
	// Skip means that nothing is known, or that there is nothing to check.
	Skip Status = "skip"
)

// Check is one thing that is checked.
type Check struct {
	ID    string
	Title string
	// What says what is checked, and why it matters.
	What string
	// Facts are the numbers of the facts in docs/facts.md that it rests on.
	Facts []string

	check func(*State) []Result
}

// Result is what a check found. A check has one, or one for each problem.
type Result struct {
	// Check is the ID of the check.
	Check   string `json:"check"`
	Status  Status `json:"status"`
	Message string `json:"message"`
	// Fix says what to do; "" where there is nothing to do.
	Fix string `json:"fix,omitempty"`
	// Facts are those of the check, of which docs/facts.md says more.
	Facts []string `json:"facts,omitempty"`
}

// Checks returns all checks, in the order in which they are reported.
func Checks() []Check { return slices.Clone(checks) }

var checks = []Check{
	accessCheck, versionCheck, releaseCheck, profilesCheck, eksCheck, registrationCheck, caCheck, reachCheck, leaderCheck, rightsCheck,
	admissionCheck, coreDNSCheck, loadBalancerCheck, daemonSetsCheck, loggingCheck,
}

// Run runs all checks.
func Run(s *State) []Result {
	var results []Result
	for _, c := range checks {
		for _, r := range c.check(s) {
			r.Check, r.Facts = c.ID, c.Facts
			results = append(results, r)
		}
	}
	return results
}

// one returns the result of a check that has one.
func one(r Result) []Result { return []Result{r} }

func pass(message string) []Result { return one(Result{Status: Pass, Message: message}) }
func skip(message string) []Result { return one(Result{Status: Skip, Message: message}) }
