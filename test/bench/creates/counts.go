package creates

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"fargate-webhook/test/bench/stub"
)

// ourRequests is the metric that counts what ours was asked.
const ourRequests = "fargate_webhook_requests_total"

// ourTime is the metric that sums the seconds in our handlers.
const ourTime = "fargate_webhook_request_duration_seconds_sum"

// counts returns how often each webhook was called, by the names of the counters.
func (b *bench) counts(ctx context.Context) (map[string]int64, error) {
	content, err := get(ctx, b.http, "https://"+b.stubAddress+stub.Counts)
	if err != nil {
		return nil, err
	}
	counts := map[string]int64{}
	if err := json.Unmarshal(content, &counts); err != nil {
		return nil, err
	}
	err = b.ourMetric(ctx, ourRequests, func(o *ours, labels string, value float64) {
		for _, call := range []string{callMutating, callValidating} {
			if strings.Contains(labels, `webhook="`+call+`"`) {
				counts[o.counter(call)] += int64(value)
			}
		}
	})
	if err != nil || b.kyvernoMetrics == "" {
		return counts, err
	}
	return counts, b.series(ctx, b.kyvernoMetrics, kyvernoRequests, func(labels string, value float64) {
		for _, counter := range []string{kyvernoMutate, kyvernoValidate} {
			if strings.Contains(labels, counter) {
				counts[counter] += int64(value)
			}
		}
	})
}

// ourMetric calls a function with the labels and the value of each series of a metric of ours.
func (b *bench) ourMetric(ctx context.Context, name string, do func(o *ours, labels string, value float64)) error {
	for _, o := range b.ours {
		if err := b.series(ctx, o.webhook.Metrics+"/metrics", name, func(labels string, value float64) { do(o, labels, value) }); err != nil {
			return err
		}
	}
	return nil
}

// series calls a function with the labels and the value of each series of a metric of a process.
func (b *bench) series(ctx context.Context, url, name string, do func(labels string, value float64)) error {
	content, err := get(ctx, b.http, url)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(content)) {
		rest, found := strings.CutPrefix(line, name+"{")
		if !found {
			continue
		}
		labels, text, _ := strings.Cut(rest, "} ")
		value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return err
		}
		do(labels, value)
	}
	return nil
}

// spent is what webhooks did until now: how often they were called, and how long our handlers took.
type spent struct {
	calls int64
	ours  time.Duration
}

// spent returns what was spent until now.
func (b *bench) spent(ctx context.Context) (s spent, err error) {
	counts, err := b.counts(ctx)
	if err != nil {
		return s, err
	}
	for counter, n := range counts {
		if counter != stub.EKS {
			s.calls += n
		}
	}
	err = b.ourMetric(ctx, ourTime, func(_ *ours, _ string, seconds float64) { s.ours += time.Duration(seconds * float64(time.Second)) })
	return s, err
}

func get(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(response.Body)
	err = errors.Join(err, response.Body.Close())
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", url, response.Status, content)
	}
	return content, err
}
