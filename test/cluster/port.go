package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The ports that FreePort gives out. They lie below those that the system hands to outgoing connections, so that none of these can take
// the port before the program it is meant for does, and below Kubernetes' node ports.
const (
	firstPort = 20000
	portCount = 10000
	portTries = 100
)

// FreePort finds a port of the loopback address on which nothing listens.
func FreePort(ctx context.Context) (int, error) {
	var last error
	for range portTries {
		port := firstPort + rand.IntN(portCount) //nolint:gosec // two runs should seldom meet; nobody need be unable to guess
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(Loopback, strconv.Itoa(port)))
		if err != nil {
			last = err
			continue
		}
		if err := listener.Close(); err != nil {
			return 0, fmt.Errorf("let go of port %d: %w", port, err)
		}
		return port, nil
	}
	return 0, errors.Join(fmt.Errorf("no free port among %d of %d-%d", portTries, firstPort, firstPort+portCount-1), last)
}
