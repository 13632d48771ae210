package rate

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"time"
)

// SendReviews sends a review that is answered with a patch, on connections that are kept, as the API
// server does: see [Send]. bundle are the CAs of the webhook, in PEM.
func SendReviews(ctx context.Context, perSecond int, url string, bundle, review []byte) (took []time.Duration, failed []error) {
	client := NewClient(bundle)
	defer client.CloseIdleConnections()
	return Send(ctx, perSecond, func(ctx context.Context) error { return sendReview(ctx, client, url, review) })
}

// NewClient returns a client that trusts the CAs of webhooks, in PEM, and keeps as many connections as
// the API server does.
func NewClient(bundle []byte) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 25, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
}

func sendReview(ctx context.Context, client *http.Client, url string, review []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(review))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	answer, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte(`"patch"`))) {
		err = fmt.Errorf("%s: %s", response.Status, answer)
	}
	return err
}
