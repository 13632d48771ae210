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
	// attempts is the number of attempts of a call, including retries. It is low, since the next
	// refresh is a retry too.
	attempts = 3
	// tokenPause is the wait between two requests for a token. The slowest rate is a token every 2
	// seconds.
	tokenPause = 100 * time.Millisecond
)

// patient makes the SDK slow down when EKS throttles, since the rate limit of EKS is not published
// (F1.21). It turns off the SDK's own log lines, which would repeat each failure.
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

// adaptive is the SDK's adaptive retryer with a wait of its own for tokens of the rate limit. The
// SDK rounds its wait down, to zero in the end, and then keeps a CPU busy until there is a token.
type adaptive struct{ *retry.AdaptiveMode }

// GetAttemptToken implements aws.RetryerV2. It waits for a token, or until ctx ends.
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
