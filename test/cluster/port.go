package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The ports that FreePort returns. They are below the ephemeral ports, so that no outgoing
// connection takes a port before the program binds it, and below Kubernetes' node ports.
const (
	firstPort = 20000
	portCount = 10000
	portTries = 100
)

// FreePort returns a port of the loopback address that nothing listens on.
func FreePort(ctx context.Context) (int, error) {
	var last error
	for range portTries {
		port := firstPort + rand.IntN(portCount) //nolint:gosec // random to avoid collisions between runs, not for security
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(Loopback, strconv.Itoa(port)))
		if err != nil {
			last = err
			continue
		}
		if err := listener.Close(); err != nil {
			return 0, fmt.Errorf("release port %d: %w", port, err)
		}
		return port, nil
	}
	return 0, errors.Join(fmt.Errorf("no free port found: tried %d of %d-%d", portTries, firstPort, firstPort+portCount-1), last)
}
