package audit

import (
	"sync"
	"time"

	"go.uber.org/zap"

	"fargate-webhook/internal/wake"
)

// reportInterval is how often the process log says what is wrong with the audit log, at most.
const reportInterval = time.Minute

// health counts the lines that are dropped, and reports them in the process log. Nobody waits for
// that log: it may be as stuck as the audit log.
type health struct {
	metrics *Metrics
	logger  *zap.Logger
	// news has an item when there is something to report.
	news chan struct{}

	mu sync.Mutex
	// lost are the lines that were dropped since the last report, by reason.
	lost map[Reason]uint64
	// problem is the error of the last write, nil if it wrote something.
	problem error
	// reported is true if the last report was about a problem that lasts.
	reported bool
}

func newHealth(metrics *Metrics, logger *zap.Logger) *health {
	if logger == nil {
		logger = zap.NewNop()
	}
	return &health{metrics: metrics, logger: logger, news: make(chan struct{}, 1), lost: map[Reason]uint64{}}
}

// dropped counts lines.
func (h *health) dropped(reason Reason, lines uint64) {
	h.metrics.Dropped(reason).Add(float64(lines))
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost[reason] += lines
	wake.Notify(h.news)
}

// failed records that a write failed.
func (h *health) failed(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.problem == nil {
		wake.Notify(h.news)
	}
	h.problem = err
}

// wrote records that a write succeeded.
func (h *health) wrote() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.problem != nil {
		wake.Notify(h.news)
	}
	h.problem = nil
}

// report logs what is wrong until stop is closed, and then what is left to say.
func (h *health) report(stop <-chan struct{}) {
	for {
		select {
		case <-h.news:
		case <-stop:
			h.log()
			return
		}
		h.log()
		select {
		case <-time.After(reportInterval):
		case <-stop:
		}
	}
}

// log logs what happened since the last call.
func (h *health) log() {
	h.mu.Lock()
	lost, problem, recovered := h.lost, h.problem, h.problem == nil && h.reported
	h.lost, h.reported = map[Reason]uint64{}, problem != nil
	h.mu.Unlock()
	switch {
	case len(lost) > 0:
		h.logger.Error("audit lines dropped", zap.Any("lines", lost), zap.Error(problem))
	case problem != nil:
		h.logger.Error("audit log write failed, retrying", zap.Error(problem))
	}
	if recovered {
		h.logger.Info("audit log is written again")
	}
}
