// Package replica measures the running program: how soon it answers with a quarter of a core, over
// TLS, and what memory it takes.
package replica

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"fargate-webhook/test/bench/bodies"
	"fargate-webhook/test/bench/handlers"
	"fargate-webhook/test/bench/results"
	"fargate-webhook/test/bench/stub"
	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// ErrNoGroup means that no cgroup can be made.
var ErrNoGroup = errors.New("needs a cgroup with a limit of processor time, which this machine doesn't let us make")

// perSecond is the load.
const perSecond = 200

// Quarter measures how soon a replica answers that has a quarter of a core, for reviews of 2.6 and
// 10 KB. It is idle first until the start is over.
func Quarter(ctx context.Context, c *cluster.Cluster, binary string, idle, lasting time.Duration) (_ []results.Quarter, err error) {
	group := newGroup()
	if group == "" {
		return nil, ErrNoGroup
	}
	defer removeGroup(group)
	folder, err := os.MkdirTemp(c.Dir(), "quarter-")
	if err != nil {
		return nil, err
	}
	script, profiles := filepath.Join(folder, install.Name), filepath.Join(folder, "profiles.yaml")
	err = errors.Join(into(group, binary, script), os.WriteFile(profiles, []byte(bodies.Profiles(bodies.Namespace)), 0o600), stub.WriteCertificate(folder))
	if err != nil {
		return nil, err
	}
	if err := install.Rights(ctx, c); err != nil {
		return nil, err
	}
	var sizes []bodies.Size
	var reviews [][]byte
	for _, size := range bodies.Sizes() {
		if size.Name != "2.6 KB" && size.Name != "10 KB" {
			continue
		}
		body, err := owned(ctx, c, size)
		if err != nil {
			return nil, err
		}
		sizes, reviews = append(sizes, size), append(reviews, body)
	}
	webhook, err := install.Start(ctx, c, install.Options{
		Binary: script, Name: "quarter",
		Args: []string{"--profiles=" + profiles, "--cert-dir=" + folder, "--static-registration", "--shutdown-delay=0s"},
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, webhook.Stop()) }()
	authority, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return nil, err
	}
	if err := pause(ctx, idle); err != nil {
		return nil, err
	}
	var all []results.Quarter
	for i, size := range sizes {
		url := webhook.URL + handlers.MutatePath
		load(ctx, url, authority, reviews[i], perSecond, lasting/5) // warms up
		a := load(ctx, url, authority, reviews[i], perSecond, lasting)
		if len(a.failed) > 0 {
			return nil, fmt.Errorf("%d of %d requests of %s failed, the first with: %w", len(a.failed), len(a.took), size.Name, a.failed[0])
		}
		all = append(all, results.Quarter{Size: size.Name, PerSecond: perSecond, P50: a.at(50), P99: a.at(99), Requests: len(a.took)})
	}
	return all, nil
}
