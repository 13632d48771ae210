// Package audit writes one JSON line for each refused request, to a log of its own.
package audit

import (
	"fmt"
	"io"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"gopkg.in/natefinch/lumberjack.v2"
)

// Options are the settings of the log, as those of kube-apiserver's --audit-log flags.
type Options struct {
	// Path is a file, "-" for standard output, or "" for no log.
	Path string
	// MaxSize is the size at which a file is rotated, in megabytes.
	MaxSize int
	// MaxBackup is how many rotated files are kept, 0 for all.
	MaxBackup int
	// MaxAge is how long rotated files are kept, in days, 0 for ever.
	MaxAge int
	// Stdout is where "-" writes.
	Stdout io.Writer
}

// Log is an open audit log. It is safe for concurrent use.
type Log struct {
	logger *zap.Logger
	file   io.Closer
}

// Open opens the log. It returns an error if the file can't be written.
func Open(options Options) (*Log, error) {
	switch options.Path {
	case "":
		return &Log{logger: zap.NewNop()}, nil
	case "-":
		return &Log{logger: newLogger(zapcore.Lock(zapcore.AddSync(options.Stdout)))}, nil
	}
	probe, err := os.OpenFile(options.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the audit log: %w; set --audit-log-path to a writable file, or to - for standard output", err)
	}
	if err := probe.Close(); err != nil {
		return nil, fmt.Errorf("open the audit log %s: %w", options.Path, err)
	}
	file := &lumberjack.Logger{
		Filename:   options.Path,
		MaxSize:    options.MaxSize,
		MaxBackups: options.MaxBackup,
		MaxAge:     options.MaxAge,
	}
	return &Log{logger: newLogger(zapcore.AddSync(file)), file: file}, nil
}

// newLogger returns a logger of JSON lines. If a line can't be written, for example to a full disk,
// zap reports it on standard error.
func newLogger(out zapcore.WriteSyncer) *zap.Logger {
	encoder := zapcore.NewJSONEncoder(zapcore.EncoderConfig{
		TimeKey:     "time",
		MessageKey:  "event",
		LineEnding:  zapcore.DefaultLineEnding,
		EncodeTime:  zapcore.RFC3339NanoTimeEncoder,
		EncodeLevel: zapcore.LowercaseLevelEncoder,
	})
	return zap.New(zapcore.NewCore(encoder, out, zapcore.InfoLevel), zap.ErrorOutput(zapcore.Lock(os.Stderr)))
}

// Close closes the file of the log, if there is one.
func (l *Log) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// Refusal is a refused request. It has no values of the object except for names that the findings
// need: no environment variables, no secrets, no whole objects.
type Refusal struct {
	UID    string
	User   string
	Groups []string
	// Caller is how the caller proved to be the API server: "client-certificate", "secret-path", or
	// "unproven" if it didn't. All other fields are what the caller says.
	Caller    string
	Operation string
	// Resource is the resource with its group: "pods", "daemonsets.apps".
	Resource string
	// SubResource is the subresource of the request, for example "resize". If it is "", the line
	// has no such field.
	SubResource string
	Namespace   string
	// Name is "" if the object only has a GenerateName yet (S22).
	Name         string
	GenerateName string
	// Owner is the controller, for example "ReplicaSet/web-5d9c", or "".
	Owner  string
	DryRun bool
	// Observed is true for a request that mode Observe let through. Otherwise the line has no such
	// field.
	Observed bool
	Profile  string
	Findings []Finding
	// Changes are the fields that mode Enforce would change in a request that is observed. Other
	// lines have no such field.
	Changes []string
	// More is the number of findings that are not listed. If it is 0, the line has no such field.
	More int
}

// Finding is one reason for a refusal.
type Finding struct{ Rule, Field, Message string }

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (f Finding) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("rule", f.Rule)
	enc.AddString("field", f.Field)
	enc.AddString("message", f.Message)
	return nil
}

// Refused writes the line of one refusal. Its event is "changed" for a request that mode Enforce
// would change and not refuse.
func (l *Log) Refused(r Refusal) {
	fields := []zap.Field{
		zap.String("uid", r.UID),
		zap.String("user", r.User),
		zap.Strings("groups", r.Groups),
		zap.String("caller", r.Caller),
		zap.String("operation", r.Operation),
		zap.String("resource", r.Resource),
	}
	if r.SubResource != "" {
		fields = append(fields, zap.String("subresource", r.SubResource))
	}
	fields = append(fields,
		zap.String("namespace", r.Namespace),
		zap.String("name", r.Name),
		zap.String("generateName", r.GenerateName),
		zap.String("owner", r.Owner),
		zap.Bool("dryRun", r.DryRun),
		zap.String("profile", r.Profile),
		zap.Objects("findings", r.Findings),
	)
	if r.Observed {
		fields = append(fields, zap.Bool("observed", true))
	}
	if len(r.Changes) > 0 {
		fields = append(fields, zap.Strings("changes", r.Changes))
	}
	if r.More > 0 {
		fields = append(fields, zap.Int("more", r.More))
	}
	event := "refused"
	if len(r.Findings) == 0 {
		event = "changed"
	}
	l.logger.Info(event, fields...)
}
