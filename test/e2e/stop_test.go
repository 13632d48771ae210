package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/install"
)

// stopLimit is what the issue allows from SIGTERM to exit.
const stopLimit = 15 * time.Second

// slowReview begins a review by hand and returns once the webhook reads its body, of which nothing
// has been sent.
func slowReview(t *testing.T, webhook *install.Webhook, authority []byte, path, body string) (net.Conn, *bufio.Reader) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	address := strings.TrimPrefix(webhook.URL, "https://")
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: cluster.Loopback, MinVersion: tls.VersionTLS12}}
	connection, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(stopLimit)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(connection,
		"POST %s/validate/services HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		path, address, len(body))
	if err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(connection)
	line, err := reader.ReadString('\n')
	if err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the webhook said %q, %v", line, err)
	}
	if _, err := reader.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return connection, reader
}

// TestStopAnswersWhatIsInFlight: a review whose body is still on its way at SIGTERM gets its
// answer, and then the program ends.
func TestStopAnswersWhatIsInFlight(t *testing.T) {
	c, webhook := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay=0s"), nil)
	body := manifest(t, "review-nodeport.json")
	connection, reader := slowReview(t, webhook, registeredBundle(t, c), "/"+registeredPath(t.Context(), t, c), body)
	if _, err := io.WriteString(connection, body[:len(body)/2]); err != nil {
		t.Fatal(err)
	}
	if err := webhook.Terminate(); err != nil {
		t.Fatal(err)
	}
	told := time.Now()
	// It is stopping when it takes nobody new.
	err := cluster.Await(t.Context(), stopLimit, "the webhook stops listening", func(ctx context.Context) error {
		fresh, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(webhook.URL, "https://"))
		if err != nil {
			return nil //nolint:nilerr // this is awaited
		}
		return errors.Join(errors.New("it listens"), fresh.Close())
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := webhook.Running(); err != nil {
		t.Fatal("it did not wait for the request:", err)
	}
	if _, err := io.WriteString(connection, body[len(body)/2:]); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(response.Body).Decode(&review); err != nil {
		t.Fatal(err)
	}
	if review.Response == nil || review.Response.Allowed || review.Response.UID != "in-flight" {
		t.Errorf("the answer: %+v", review.Response)
	}
	awaitExit(t, webhook, told)
}

// TestStopDrains: with a shutdown delay, readiness fails at once, and the webhook serves until the
// delay ends.
func TestStopDrains(t *testing.T) {
	const delay = 4 * time.Second
	c, webhook := withOwnWebhook(t, append(profilesArgs(t), "--shutdown-delay="+delay.String()), nil)
	if code, err := readiness(t.Context(), webhook); code != http.StatusOK || err != nil {
		t.Fatalf("/readyz before: %d, %v", code, err)
	}
	if endsConnection(t, webhook, registeredClient(t.Context(), t, c).CABundle) {
		t.Error("an answer before SIGTERM ends its connection")
	}
	told := time.Now()
	if err := webhook.Terminate(); err != nil {
		t.Fatal(err)
	}
	err := cluster.Await(t.Context(), delay/2, "/readyz fails", func(ctx context.Context) error {
		code, err := readiness(ctx, webhook)
		if err == nil && code == http.StatusOK {
			err = errors.New("ready")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if !endsConnection(t, webhook, registeredClient(t.Context(), t, c).CABundle) {
		t.Error("an answer while it drains doesn't end its connection")
	}
	// By client: kubectl may need longer to start than this lasts.
	if err := createDry(t, c, "apps", nil); err != nil {
		t.Errorf("a pod %s after SIGTERM: %v", time.Since(told), err)
	}
	if err := createNodePortDry(t.Context(), c, "apps"); !apierrors.IsForbidden(err) {
		t.Errorf("a NodePort Service %s after SIGTERM: %v; want it refused", time.Since(told), err)
	}
	awaitExit(t, webhook, told)
	if took := time.Since(told); took < delay {
		t.Errorf("it ended after %s, before its delay", took)
	}
	if err := createDry(t, c, "apps", nil); !apierrors.IsInternalError(err) {
		t.Errorf("a pod after its end: %v", err)
	}
}

// endsConnection reports whether an answer of the webhook ends its connection, for a caller that
// would keep it.
func endsConnection(t *testing.T, webhook *install.Webhook, bundle []byte) bool {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, webhook.URL+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.Close
}

// awaitExit waits for the program's end, which must be a clean one and in time.
func awaitExit(t *testing.T, webhook *install.Webhook, told time.Time) {
	t.Helper()
	timer := time.NewTimer(time.Until(told.Add(stopLimit)))
	defer timer.Stop()
	select {
	case <-webhook.Exited():
		if code := webhook.Code(); code != 0 {
			t.Errorf("exit code %d: %v", code, webhook.Running())
		}
	case <-timer.C:
		t.Errorf("it runs %s after SIGTERM; its log ends with:\n%s", stopLimit, webhook.Tail(5))
	}
}
