package replica

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"fargate-webhook/test/rate"
)

// answered is how long requests took, sorted, and how many failed.
type answered struct {
	took   []time.Duration
	failed []error
}

// at returns the time below which so many of 100 requests were, in milliseconds.
func (a *answered) at(percent int) float64 {
	if len(a.took) == 0 {
		return 0
	}
	return float64(a.took[min(len(a.took)*percent/100, len(a.took)-1)].Microseconds()) / 1000
}

// load sends a review to a URL at a rate, on connections that are kept, as the API server does.
func load(ctx context.Context, url string, authority, body []byte, perSecond int, lasting time.Duration) *answered {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 25, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	bounded, stop := context.WithTimeout(ctx, lasting)
	defer stop()
	var a answered
	a.took, a.failed = rate.Send(bounded, perSecond, func(ctx context.Context) error { return send(ctx, client, url, body) })
	slices.Sort(a.took)
	return &a
}

func send(ctx context.Context, client *http.Client, url string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || !bytes.Contains(text, []byte(`"patch"`))) {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return err
}
