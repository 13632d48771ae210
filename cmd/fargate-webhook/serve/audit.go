package serve

import (
	"io"
	"os/signal"
	"syscall"

	"go.uber.org/zap"

	"fargate-webhook/webhook/audit"
)

// openAuditLog opens the audit log that the flags describe. From then on a closed standard output
// ends the process no more: a write fails, and the log counts it.
func openAuditLog(f *flags, logger *zap.Logger, stdout io.Writer) (*audit.Log, error) {
	signal.Ignore(syscall.SIGPIPE)
	return audit.Open(audit.Options{
		Path: f.auditPath, MaxSize: f.auditMaxSize, MaxBackup: f.auditMaxBackup, MaxAge: f.auditMaxAge, Fold: f.auditFold,
		Stdout: stdout, Logger: logger,
	})
}
