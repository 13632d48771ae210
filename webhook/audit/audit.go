// Package audit writes the log of what was refused: one JSON line for each
// refusal, on a logger of its own, apart from what the program says of itself.
package audit

import (
	"fmt"
	"io"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"gopkg.in/natefinch/lumberjack.v2"
)

// Options says where the lines go. The names and meanings are those of
// kube-apiserver's --audit-log flags.
type Options struct {
	// Path is a file, "-" for standard output, or empty for no log.
	Path string
	// MaxSize is the size in megabytes at which a file is rotated.
	MaxSize int
	// MaxBackup is how many rotated files are kept, 0 for all.
	MaxBackup int
	// MaxAge is how many days they are kept, 0 for ever.
	MaxAge int
	// Stdout is what "-" stands for.
	Stdout io.Writer
}

// Log is an open audit log. Its methods may be called at the same time.
type Log struct {
	logger *zap.Logger
	file   io.Closer
}

// Open opens the log. A file that can't be written is an error now, rather
// than at the first refusal.
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

// newLogger writes JSON lines. When a line can't be written (a full disk, say)
// zap says so on standard error.
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

// Close ends the log.
func (l *Log) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// Refusal is one refused request. It holds no values from the object but the
// names that the findings need: never environment, secrets or whole objects.
type Refusal struct {
	UID       string
	User      string
	Groups    []string
	Operation string
	// Resource is "pods", "daemonsets.apps".
	Resource string
	// SubResource is the part that was to be written, "resize"; empty for the
	// object itself, and then the line doesn't name it.
	SubResource string
	Namespace   string
	// Name is empty for an object that has only GenerateName yet (S22).
	Name         string
	GenerateName string
	// Owner is the controller, "ReplicaSet/web-5d9c", or empty.
	Owner    string
	DryRun   bool
	Profile  string
	Findings []Finding
	// More is how many findings there are besides; the line names it only when
	// there are any.
	More int
}

// Finding is one reason of a refusal.
type Finding struct{ Rule, Field, Message string }

// MarshalLogObject makes a Finding a zap object.
func (f Finding) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("rule", f.Rule)
	enc.AddString("field", f.Field)
	enc.AddString("message", f.Message)
	return nil
}

// Refused writes the line of one refusal.
func (l *Log) Refused(r Refusal) {
	fields := []zap.Field{
		zap.String("uid", r.UID),
		zap.String("user", r.User),
		zap.Strings("groups", r.Groups),
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
	if r.More > 0 {
		fields = append(fields, zap.Int("more", r.More))
	}
	l.logger.Info("refused", fields...)
}
