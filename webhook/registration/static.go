package registration

import (
	"context"

	"go.uber.org/zap"
)

// Static stands in for a Registrar where others apply the configurations. It
// asks nothing of the API server, and says when they should be applied anew.
type Static struct {
	Profiles Profiles
	Logger   *zap.Logger
}

// Run runs until ctx ends.
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
