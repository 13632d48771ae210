package registration

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"go.uber.org/zap"
)

// repair applies a configuration if it differs from the one that was applied last, or if somebody
// changed or deleted that one. If a repair has to back off, it does nothing and returns the time to
// wait, else 0.
func (r *Registrar) repair(ctx context.Context, k *managed, configuration any) (time.Duration, error) {
	want, err := shapeOf(configuration)
	if err != nil {
		return 0, err
	}
	var live *shape
	var drift []string
	if k.applied != nil {
		if live, err = k.get(ctx); err != nil {
			return 0, fmt.Errorf("get the %s %s: %w", k.kind, k.name, err)
		}
		if live != nil {
			drift = k.applied.drift(live)
		}
		if reflect.DeepEqual(want, k.applied) {
			if live != nil && len(drift) == 0 {
				return 0, nil
			}
			if later := k.backoff.wait(time.Now()); later > 0 {
				return later, nil
			}
		}
	}
	if err := k.applyExactly(ctx, configuration, want); err != nil {
		return 0, err
	}
	if k.applied != nil && (live == nil || len(drift) > 0) {
		r.logRepair(k, live, drift)
	}
	k.applied = want
	return 0, nil
}

// logRepair logs and counts a repair. live is the configuration before it, nil if it was deleted.
func (r *Registrar) logRepair(k *managed, live *shape, drift []string) {
	k.backoff.increase(time.Now())
	r.RepairCounter.WithLabelValues(k.name).Inc()
	fields := []zap.Field{zap.String("configuration", k.name), zap.Duration("nextNotBefore", k.backoff.pause)}
	if live == nil {
		r.Logger.Warn("deleted webhook configuration applied again", fields...)
		return
	}
	fields = append(fields, zap.Strings("changed", drift), zap.String("by", live.lastManager()))
	r.Logger.Warn("changed webhook configuration applied again", fields...)
}
