package serve

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap/zapcore"

	"fargate-webhook/fargate/placement"
)

// validate returns an error for flags that can't work, before anything starts.
func (f *flags) validate() error {
	switch {
	case len(f.profiles) == 0 && f.clusterName == "" && f.ackClusterName == "":
		return errors.New("set at least one of --cluster-name, --profiles and --ack-cluster-name")
	case f.stateDir != "" && f.certDir != "":
		return fmt.Errorf("--state-dir %q and --cert-dir %q: set at most one of them", f.stateDir, f.certDir)
	case len(f.clientAllowedNames) > 0 && f.clientCAFile == "":
		return errors.New("--client-allowed-names: set --client-ca-file too, the CA that signs the certificates")
	case slices.Contains(f.clientAllowedNames, ""):
		return errors.New("--client-allowed-names: names must not be empty")
	case f.port < 1 || f.port > 65535:
		return fmt.Errorf("--port %d: must be between 1 and 65535, inclusive", f.port)
	case f.port == placement.KubeletPort:
		return fmt.Errorf("--port %d: must not be the port of the kubelet, which is in use on every Fargate node", f.port)
	case f.refreshInterval < time.Second:
		return fmt.Errorf("--refresh-interval %s: must be at least 1s", f.refreshInterval)
	case f.staleAfter < 2*f.refreshInterval:
		return fmt.Errorf("--stale-after %s: must be at least %s, twice --refresh-interval", f.staleAfter, 2*f.refreshInterval)
	case f.shutdownDelay < 0:
		return fmt.Errorf("--shutdown-delay %s: must not be negative", f.shutdownDelay)
	case f.leafLife < 0 || f.rotationDelay < 0:
		return errors.New("--test-certificate-life and --test-rotation-delay: must not be negative")
	case f.auditMaxSize < 0:
		return fmt.Errorf("--audit-log-maxsize %d: must not be negative", f.auditMaxSize)
	case f.auditMaxBackup < 0:
		return fmt.Errorf("--audit-log-maxbackup %d: must not be negative", f.auditMaxBackup)
	case f.auditMaxAge < 0:
		return fmt.Errorf("--audit-log-maxage %d: must not be negative", f.auditMaxAge)
	case f.auditFold != 0 && (f.auditFold < time.Second || f.auditFold > time.Hour):
		return fmt.Errorf("--audit-log-fold %s: must be between 1s and 1h, or 0", f.auditFold)
	}
	if _, err := zapcore.ParseLevel(f.logLevel); err != nil {
		return fmt.Errorf("--log-level %q: must be debug, info, warn or error", f.logLevel)
	}
	if err := checkDebugAddr(f.debugAddr); err != nil {
		return err
	}
	_, err := f.target.Hosts()
	return err
}
