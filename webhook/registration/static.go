package registration

import (
	"context"

	"go.uber.org/zap"
)

// Static replaces a Registrar if others apply the configurations. It sends no requests, and logs
// when they should be applied again because the scope has changed.
type Static struct {
	Profiles Profiles
	Logger   *zap.Logger
}

// Run watches the profiles until ctx ends.
func (s *Static) Run(ctx context.Context) {
	s.Logger.Info("static registration: webhook configurations are not managed")
	known, scope := false, ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.Profiles.Changes():
		}
		before := scope
		scope = Scope(s.Profiles.Index())
		if known && scope != before {
			s.Logger.Warn("scope changed: print and apply the static registration again",
				zap.String("scope", scope), zap.String("before", before))
		}
		known = true
	}
}
