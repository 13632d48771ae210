package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/spf13/pflag"
	"go.uber.org/zap/zapcore"
)

// kubeletPort is taken on every Fargate node, where the pod's IP is the
// node's (F4.28, S26).
const kubeletPort = 10250

type serveFlags struct {
	profiles        []string
	clusterName     string
	ackClusterName  string
	refreshInterval time.Duration
	staleAfter      time.Duration
	config          string

	kubeconfig     string
	namespace      string
	serviceName    string
	deploymentName string
	webhookURL     string
	stateDir       string
	certDir        string
	leaderElect    bool
	static         bool

	bindAddress   string
	port          int
	metricsAddr   string
	probeAddr     string
	shutdownDelay time.Duration

	auditPath      string
	auditMaxSize   int
	auditMaxBackup int
	auditMaxAge    int
	logLevel       string
}

// ownNamespace is where the webhook runs: the Deployment sets POD_NAMESPACE.
func ownNamespace() string {
	if namespace := os.Getenv("POD_NAMESPACE"); namespace != "" {
		return namespace
	}
	return "fargate-webhook"
}

func (f *serveFlags) register(set *pflag.FlagSet) {
	profilesFlag(set, &f.profiles)
	clusterNameFlag(set, &f.clusterName)
	ackFlag(set, &f.ackClusterName)
	set.DurationVar(&f.refreshInterval, "refresh-interval", time.Minute, "how often the profiles are read again; SIGHUP has it done now")
	set.DurationVar(&f.staleAfter, "stale-after", 15*time.Minute, "tell by an event on the Deployment when the profiles couldn't be read for so long")
	configFlag(set, &f.config)

	set.StringVar(&f.kubeconfig, "kubeconfig", "", "reach the API server with this file (default: the pod's service account, else $KUBECONFIG)")
	set.StringVar(&f.namespace, "namespace", ownNamespace(), "the webhook's own namespace, for its lease, CA and last good list of profiles; never judged; $POD_NAMESPACE where that is set")
	set.StringVar(&f.serviceName, "service-name", "fargate-webhook", "the Service in front of the webhook")
	set.StringVar(&f.deploymentName, "deployment-name", "fargate-webhook", "the webhook's own Deployment, for events")
	set.StringVar(&f.webhookURL, "webhook-url", "", "register by this URL, https://host:port, instead of by Service: for running outside the cluster")
	set.StringVar(&f.stateDir, "state-dir", "", "keep the CA in this folder instead of a Secret")
	set.StringVar(&f.certDir, "cert-dir", "", "serve with tls.crt and tls.key of this folder, and register its ca.crt, instead of a CA of our own")
	set.BoolVar(&f.leaderElect, "leader-elect", true, "only one of several replicas registers the webhook")
	set.BoolVar(&f.static, "static-registration", false, "leave the registration to whoever applies what `fargate-webhook registration` prints; it neither follows the profiles nor is repaired then")

	set.StringVar(&f.bindAddress, "bind-address", "", "the address to serve on (default: all)")
	set.IntVar(&f.port, "port", 9443, "the port to serve on")
	set.StringVar(&f.metricsAddr, "metrics-bind-address", ":8080", "the address of /metrics, 0 for none")
	set.StringVar(&f.probeAddr, "health-probe-bind-address", ":8081", "the address of /healthz and /readyz, 0 for none")
	set.DurationVar(&f.shutdownDelay, "shutdown-delay", 5*time.Second, "how long to go on serving after SIGTERM, unready, until nobody is sent here any more")

	set.StringVar(&f.auditPath, "audit-log-path", "-", "write a JSON line for each refusal to this file; - is standard output, empty is none")
	set.IntVar(&f.auditMaxSize, "audit-log-maxsize", 100, "rotate the audit log at this many megabytes")
	set.IntVar(&f.auditMaxBackup, "audit-log-maxbackup", 10, "keep this many rotated audit logs, 0 for all")
	set.IntVar(&f.auditMaxAge, "audit-log-maxage", 0, "keep rotated audit logs this many days, 0 for ever")
	set.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
}

func (f *serveFlags) validate() error {
	if len(f.profiles) == 0 && f.clusterName == "" && f.ackClusterName == "" {
		return errors.New("where are the Fargate profiles? give --cluster-name (the EKS API), --profiles (files), --ack-cluster-name (ACK's objects) or several of them")
	}
	if f.stateDir != "" && f.certDir != "" {
		return errors.New("--state-dir keeps a CA of our own and --cert-dir brings certificates: give one of them")
	}
	if f.port < 1 || f.port > 65535 {
		return fmt.Errorf("--port %d: a port is 1 to 65535", f.port)
	}
	if f.port == kubeletPort {
		return fmt.Errorf("--port %d: kubelet has this port on every Fargate node", f.port)
	}
	if f.refreshInterval < time.Second {
		return fmt.Errorf("--refresh-interval %s: at least 1s", f.refreshInterval)
	}
	if f.staleAfter < 2*f.refreshInterval {
		return fmt.Errorf("--stale-after %s: at least twice the %s of --refresh-interval", f.staleAfter, f.refreshInterval)
	}
	if f.shutdownDelay < 0 || f.auditMaxSize < 0 || f.auditMaxBackup < 0 || f.auditMaxAge < 0 {
		return errors.New("--shutdown-delay and --audit-log-max… can't be negative")
	}
	if _, err := zapcore.ParseLevel(f.logLevel); err != nil {
		return fmt.Errorf("--log-level: %w", err)
	}
	_, err := f.hosts()
	return err
}

// hosts are the names and addresses by which the API server calls us.
func (f *serveFlags) hosts() ([]string, error) {
	if f.webhookURL == "" {
		service := f.serviceName + "." + f.namespace
		return []string{service + ".svc", service + ".svc.cluster.local", service}, nil
	}
	if err := checkWebhookURL(f.webhookURL); err != nil {
		return nil, err
	}
	u, err := url.Parse(f.webhookURL)
	if err != nil {
		return nil, fmt.Errorf("--webhook-url: %w", err)
	}
	return []string{u.Hostname()}, nil
}

// checkWebhookURL says what is wrong with a URL that the API server is to call.
// Empty is none.
func checkWebhookURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("--webhook-url: %w", err)
	case u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("--webhook-url %q: the API server calls https://host:port only", text)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("--webhook-url %q: only https://host:port and a path", text)
	}
	return nil
}
