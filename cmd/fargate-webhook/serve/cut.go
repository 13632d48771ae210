package serve

import (
	"slices"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"fargate-webhook/internal/text"
)

// maxField is the longest text of a log field, in bytes: errors quote what others have written.
const maxField = 1 << 10

// cutFields returns an option of a logger that cuts long texts and errors in its fields. Stacks,
// which are bytes, stay whole.
func cutFields() zap.Option {
	return zap.WrapCore(func(core zapcore.Core) zapcore.Core { return cutting{core} })
}

// cutting is a core that cuts fields.
type cutting struct{ zapcore.Core }

// With returns the core with fields that are cut.
func (c cutting) With(fields []zap.Field) zapcore.Core { return cutting{c.Core.With(cut(fields))} }

// Check adds this core, so that Write gets the fields.
func (c cutting) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(entry.Level) {
		return checked.AddCore(entry, c)
	}
	return checked
}

// Write writes an entry with its message and fields cut.
func (c cutting) Write(entry zapcore.Entry, fields []zap.Field) error {
	entry.Message = text.Truncate(entry.Message, maxField)
	return c.Core.Write(entry, cut(fields))
}

// cut returns the fields, and a copy of them if one is too long.
func cut(fields []zap.Field) []zap.Field {
	isLong := func(f zap.Field) bool { return len(textOf(f)) > maxField }
	if !slices.ContainsFunc(fields, isLong) {
		return fields
	}
	fields = slices.Clone(fields)
	for i, f := range fields {
		if isLong(f) {
			fields[i] = zap.String(f.Key, text.Truncate(textOf(f), maxField))
		}
	}
	return fields
}

// textOf returns the text of a field of text or of an error, "" for others.
func textOf(f zap.Field) string {
	if err, ok := f.Interface.(error); ok && f.Type == zapcore.ErrorType && err != nil {
		return err.Error()
	}
	if f.Type == zapcore.StringType {
		return f.String
	}
	return ""
}
