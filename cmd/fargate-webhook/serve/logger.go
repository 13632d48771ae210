package serve

import (
	"io"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// levelOf returns a level that can be changed. An unknown one is info.
func levelOf(name string) zap.AtomicLevel {
	parsed, err := zapcore.ParseLevel(name)
	if err != nil {
		parsed = zapcore.InfoLevel
	}
	return zap.NewAtomicLevelAt(parsed)
}

// newLogger returns a logger that writes JSON lines.
func newLogger(level zap.AtomicLevel, out io.Writer) *zap.Logger {
	encoding := zap.NewProductionEncoderConfig()
	encoding.EncodeTime = zapcore.RFC3339TimeEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(encoding), zapcore.Lock(zapcore.AddSync(out)), level), cutFields())
}
