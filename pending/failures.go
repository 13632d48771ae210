package pending

import (
	"fmt"
	"sync"

	"go.uber.org/zap"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// failureLog logs failures of operations, each once until the operation works again or fails for
// another reason: what fails for one pod fails for thousands.
type failureLog struct {
	logger *zap.Logger
	mutex  sync.Mutex
	logged map[string]metav1.StatusReason
}

func newFailureLog(logger *zap.Logger) *failureLog {
	return &failureLog{logger: logger, logged: map[string]metav1.StatusReason{}}
}

// note records the result of an operation. what is the message to log, and identifies the
// operation.
func (c *failureLog) note(what string, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if err == nil {
		delete(c.logged, what)
		return
	}
	reason := apierrors.ReasonForError(err)
	if last, found := c.logged[what]; found && last == reason {
		return
	}
	c.logged[what] = reason
	if apierrors.IsForbidden(err) {
		err = fmt.Errorf("%w; allow it in the webhook's ClusterRole: see docs/pending-pods.md", err)
	}
	c.logger.Warn(what, zap.Error(err))
}
