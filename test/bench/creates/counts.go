package creates

import (
	"context"
	"crypto/tls"
	"crypto/x509"
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
const ourRequests = "fargate_webhook_requests_total{"

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
	for _, o := range b.ours {
		content, err := get(ctx, b.http, o.webhook.Metrics+"/metrics")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(content)) {
			labels, found := strings.CutPrefix(line, ourRequests)
			if !found {
				continue
			}
			labels, value, _ := strings.Cut(labels, "} ")
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				return nil, err
			}
			for _, call := range []string{callMutating, callValidating} {
				if strings.Contains(labels, `webhook="`+call+`"`) {
					counts[o.counter(call)] += int64(n)
				}
			}
		}
	}
	return counts, nil
}

// total returns how often all webhooks were called.
func (b *bench) total(ctx context.Context) (sum int64, err error) {
	counts, err := b.counts(ctx)
	for _, n := range counts {
		sum += n
	}
	return sum, err
}

// newClient returns a client that trusts the certificates of the webhooks.
func newClient(authority []byte) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 25, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
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
