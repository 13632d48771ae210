package world

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fargate-webhook/test/cluster"
	"fargate-webhook/test/cluster/process"
)

// The jobs by which the webhook is scraped twice, and the label namespace of their series.
const (
	classic = "classic-buckets"
	native  = "native-buckets"
)

// configuration is that of Prometheus, with the webhook's address in place of ADDRESS. Target labels
// are those of a ServiceMonitor.
const configuration = `
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: fargate-webhook-metrics
    static_configs: [{targets: [ADDRESS], labels: {namespace: ` + classic + `, pod: fargate-webhook-0}}]
  - job_name: native-fargate-webhook-metrics
    scrape_native_histograms: true
    always_scrape_classic_histograms: false
    static_configs: [{targets: [ADDRESS], labels: {namespace: ` + native + `, pod: fargate-webhook-0}}]
`

// prometheus is a real one.
type prometheus struct {
	*process.Process

	url string
}

// prometheus runs Prometheus, which scrapes the webhook each second until the test ends. Without the
// program the test is skipped, or fails with E2E=required.
func (f *fixture) prometheus(t *testing.T) *prometheus {
	t.Helper()
	root, err := cluster.Root()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(root, "bin", "prometheus", "prometheus")
	if _, err := os.Stat(binary); err != nil {
		if os.Getenv("E2E") != "required" {
			t.Skip("run `make prometheus`: ", err)
		}
		t.Fatal("run `make prometheus`: ", err)
	}
	folder := t.TempDir()
	config := filepath.Join(folder, "prometheus.yaml")
	text := strings.ReplaceAll(configuration, "ADDRESS", strings.TrimPrefix(f.webhook.Metrics, "http://"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	port, err := cluster.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort(cluster.Loopback, strconv.Itoa(port))
	p := &prometheus{url: "http://" + address}
	p.Process, err = process.Start(process.Command{
		Path: binary,
		Args: []string{"--config.file=" + config, "--storage.tsdb.path=" + filepath.Join(folder, "data"), "--web.listen-address=" + address, "--log.level=warn"},
		Dir:  folder,
		Log:  filepath.Join(folder, "prometheus.log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	f.await(t, "Prometheus scrapes the webhook", func(ctx context.Context) error {
		if err := p.Running(); err != nil {
			return cluster.Stop(err)
		}
		// The query of the dashboard's variable.
		var namespaces struct{ Data []string }
		if err := p.get(ctx, "/api/v1/label/namespace/values", map[string]string{"match[]": "fargate_webhook_profiles_active"}, &namespaces); err != nil {
			return err
		}
		if len(namespaces.Data) != 2 {
			return fmt.Errorf("the variable namespace has the values %q", namespaces.Data)
		}
		return nil
	})
	return p
}

// get asks Prometheus's API.
func (p *prometheus) get(ctx context.Context, path string, parameters map[string]string, answer any) error {
	query := url.Values{}
	for name, value := range parameters {
		query.Set(name, value)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("Prometheus answers %s: %s", response.Status, text), err)
	}
	return json.Unmarshal(text, answer)
}
