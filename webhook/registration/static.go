package registration

import (
	"context"
	"time"

	"go.uber.org/zap"

	"fargate-webhook/internal/survive"
)

// trustedAgain is how often a static registration is compared with the CA that isn't in it yet.
const trustedAgain = time.Minute

// Static replaces a Registrar if others apply the configurations. It changes nothing, and logs when
// they should be applied again because the scope or the CA has changed.
type Static struct {
	Profiles     Profiles
	Certificates Certificates
	// Trusted returns an error while a CA, in PEM, isn't registered; Trusts makes it.
	Trusted func(ctx context.Context, ca []byte) error
	Logger  *zap.Logger

	// lacking is why the CA isn't registered, as it was logged, "" if it is.
	lacking string
}

// Run watches profiles and CA until ctx ends.
func (s *Static) Run(ctx context.Context) {
	s.Logger.Info("static registration: webhook configurations are not managed")
	known, scope, selected := false, "", ""
	again := time.NewTicker(trustedAgain)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.Certificates.Changes():
			s.checkCA(ctx)
		case <-again.C:
			s.checkCA(ctx)
		case <-s.Profiles.Changes():
			before, selectedBefore := scope, selected
			scope, selected = Scope(s.Profiles.Index()), taken(s.Profiles.Index())
			switch {
			case known && scope != before:
				s.Logger.Warn("scope changed: print and apply the static registration again",
					zap.String("scope", scope), zap.String("before", before))
			case known && selected != selectedBefore:
				s.Logger.Warn("selectors changed: print and apply the static registration again, or pods that no profile takes any more may not be judged")
			}
			known = true
		}
	}
}

// checkCA logs once that the CA isn't registered. Replicas then serve with the one before, as long as
// they have it.
func (s *Static) checkCA(ctx context.Context) {
	err := survive.Call(func() error {
		bundle, err := s.Certificates.CABundle(ctx)
		if err != nil {
			return nil //nolint:nilerr // there is no CA yet; the certificate source says why
		}
		return s.Trusted(ctx, currentCA(bundle))
	})
	reason := ""
	if err != nil {
		reason = err.Error()
	}
	if reason != "" && reason != s.lacking && ctx.Err() == nil {
		s.Logger.Error("CA changed: print and apply the static registration again, or the API server will reject the serving certificate", zap.Error(err))
	}
	s.lacking = reason
}
