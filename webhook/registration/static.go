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

// NeedLeaderElection is false: it needs to know nothing of other replicas.
func (s *Static) NeedLeaderElection() bool { return false }

// Start runs until ctx ends.
func (s *Static) Start(ctx context.Context) error {
	s.Logger.Info("static registration: the webhook configurations are applied and kept by others")
	known, scope := false, ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.Profiles.Changes():
		}
		before := scope
		scope = Scope(s.Profiles.Index())
		if known && scope != before {
			s.Logger.Warn("the Fargate profiles select other namespaces than before: a static registration doesn't follow them; print and apply it again",
				zap.String("scope", scope), zap.String("before", before))
		}
		known = true
	}
}
