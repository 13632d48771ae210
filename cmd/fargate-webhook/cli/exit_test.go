package cli

import (
	"errors"
	"fmt"
	"testing"
)

func TestExitCode(t *testing.T) {
	reason := errors.New("reason")
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"success":       {nil, ExitOK},
		"usage":         {reason, ExitUsage},
		"failed":        {Failed(reason), ExitFailed},
		"wrapped":       {fmt.Errorf("serve: %w", Failed(reason)), ExitFailed},
		"already told":  {Failed(nil), ExitFailed},
		"explicit code": {&ExitError{Code: ExitUsage}, ExitUsage},
	} {
		if got := ExitCode(c.err); got != c.want {
			t.Errorf("%s: exit code %d, want %d", name, got, c.want)
		}
	}
	if err := Failed(reason); !errors.Is(err, reason) || err.Error() != "reason" || Failed(nil).Error() != "" {
		t.Errorf("have %q", err)
	}
}
