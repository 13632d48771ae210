package serve

import (
	"time"

	"github.com/spf13/pflag"

	"fargate-webhook/cmd/fargate-webhook/cli"
)

type flags struct {
	profiles        []string
	clusterName     string
	ackClusterName  string
	refreshInterval time.Duration
	staleAfter      time.Duration
	config          string

	kubeconfig     string
	target         cli.TargetFlags
	deploymentName string
	stateDir       string
	certDir        string
	leafLife       time.Duration
	rotationDelay  time.Duration
	leaderElect    bool
	static         bool

	pathFile           string
	clientCAFile       string
	clientAllowedNames []string

	bindAddress   string
	port          int
	metricsAddr   string
	probeAddr     string
	debugAddr     string
	shutdownDelay time.Duration

	workloadEvents bool
	inventory      bool
	auditPath      string
	auditMaxSize   int
	auditMaxBackup int
	auditMaxAge    int
	auditMutations bool
	auditFold      time.Duration
	logLevel       string
}

func (f *flags) register(set *pflag.FlagSet) {
	cli.AddProfilesFlag(set, &f.profiles)
	cli.AddClusterNameFlag(set, &f.clusterName)
	cli.AddACKClusterNameFlag(set, &f.ackClusterName)
	set.DurationVar(&f.refreshInterval, "refresh-interval", time.Minute, "interval between refreshes of the Fargate profiles; SIGHUP refreshes them at once")
	set.DurationVar(&f.staleAfter, "stale-after", 15*time.Minute, "age of the Fargate profiles after which a Warning event is written on the Deployment")
	cli.AddConfigFlag(set, &f.config)

	cli.AddKubeconfigFlag(set, &f.kubeconfig)
	f.target.Register(set)
	set.StringVar(&f.deploymentName, "deployment-name", "fargate-webhook", "Deployment of the webhook, which events are written on")
	set.StringVar(&f.stateDir, "state-dir", "", "folder to keep the generated CA in, instead of a Secret")
	set.StringVar(&f.certDir, "cert-dir", "", "folder with tls.crt and tls.key to serve with and ca.crt to register, instead of a generated CA")
	// Tests can't wait for a week.
	set.DurationVar(&f.leafLife, "test-certificate-life", 0, "how long a serving certificate is valid, instead of a week")
	set.DurationVar(&f.rotationDelay, "test-rotation-delay", 0, "time from a new CA to its first serving certificate, instead of a minute")
	for _, hidden := range []string{"test-certificate-life", "test-rotation-delay"} {
		set.Lookup(hidden).Hidden = true
	}
	set.BoolVar(&f.leaderElect, "leader-elect", true, "elect a leader among the replicas, which registers the webhook and handles pending pods")
	set.BoolVar(&f.static, "static-registration", false, "do not register the webhook; apply the output of \"fargate-webhook registration\" instead")

	set.StringVar(&f.pathFile, "path-file", "", "file with secret path segments, one a line, one of which a caller must use; the first is registered, and the file is read again when it changes. Without it the segment is generated and kept with the CA, and callers are not checked with --cert-dir or --static-registration")
	set.StringVar(&f.clientCAFile, "client-ca-file", "", "PEM file with the CAs of the API servers' client certificates, read again when it changes; if set, connections without such a certificate are closed")
	set.StringSliceVar(&f.clientAllowedNames, "client-allowed-names", nil, "common names or DNS names, one of which a client certificate must have (repeatable, or separated by commas); empty to allow every certificate of --client-ca-file")

	set.StringVar(&f.bindAddress, "bind-address", "", "IP address to serve the webhook on; empty for all interfaces")
	set.IntVar(&f.port, "port", 9443, "port to serve the webhook on")
	set.StringVar(&f.metricsAddr, "metrics-bind-address", ":8080", "address to serve /metrics on; 0 to disable")
	set.StringVar(&f.probeAddr, "health-probe-bind-address", ":8081", "address to serve /healthz and /readyz on; 0 to disable")
	set.StringVar(&f.debugAddr, "debug-bind-address", "", "loopback address to serve profiles of the process on, at /debug/pprof/, and the log level at /debug/log-level, which a PUT changes; empty to disable")
	set.DurationVar(&f.shutdownDelay, "shutdown-delay", 5*time.Second, "time to continue serving after SIGTERM, while endpoints are updated; /readyz fails during it")

	set.BoolVar(&f.inventory, "inventory", false, "export metrics of all pods on Fargate in the cluster, with what they cost by the list prices of AWS_REGION; needs the right to list and watch pods in all namespaces")
	set.BoolVar(&f.workloadEvents, "workload-events", false, "write what pods are warned of as events on their Deployments and other controllers, each at most once an hour")
	set.StringVar(&f.auditPath, "audit-log-path", "-", "file to write a JSON line to for each denied request; - for standard output, empty to disable")
	set.IntVar(&f.auditMaxSize, "audit-log-maxsize", 100, "maximum size of the audit log file in megabytes before it is rotated; 0 for 100")
	set.IntVar(&f.auditMaxBackup, "audit-log-maxbackup", 10, "maximum number of rotated audit log files to keep; 0 to keep all")
	set.IntVar(&f.auditMaxAge, "audit-log-maxage", 0, "maximum number of days to keep rotated audit log files; 0 to keep them forever")
	set.BoolVar(&f.auditMutations, "audit-log-mutations", false, "also write a line for each object that is changed: labels, annotations, requests and limits")
	set.DurationVar(&f.auditFold, "audit-log-fold", 0, "time for which repeated lines about objects of one owner are folded into one line with their count, for example 1m; 0 to write each")
	set.StringVar(&f.logLevel, "log-level", "info", "lowest level to log: debug, info, warn or error; see --debug-bind-address to change it later")
}
