package eks

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"fargate-webhook/internal/wake"
)

const (
	// attempts is how often a call is tried before it fails, retries included. It is low: the next refresh is a retry too.
	attempts = 3
	// tokenPause is how long to wait for a token before asking for one again. The slowest rate is one token in two seconds.
	tokenPause = 100 * time.Millisecond
)

// patient has the SDK slow down by itself when EKS throttles, as its rate limit is not published (F1.21). The SDK's own lines on standard
// error would tell each failure again.
func patient(options *config.LoadOptions) error {
	options.Logger = logging.Nop{}
	options.Retryer = func() aws.Retryer {
		return adaptive{retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.FailOnNoAttemptTokens = true
			o.StandardOptions = append(o.StandardOptions, func(o *retry.StandardOptions) { o.MaxAttempts = attempts })
		})}
	}
	return nil
}

// adaptive is the SDK's adaptive retryer, with a wait of its own for the tokens of its rate limit: the SDK's is rounded down, to no time
// at all in the end, so that it keeps a processor busy until the token is there.
type adaptive struct{ *retry.AdaptiveMode }

// GetAttemptToken implements aws.RetryerV2. It waits for a token until ctx ends.
func (a adaptive) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	for {
		release, err := a.AdaptiveMode.GetAttemptToken(ctx)
		if err == nil {
			return release, nil
		}
		if !wake.Sleep(ctx, tokenPause) {
			return nil, ctx.Err()
		}
	}
}
