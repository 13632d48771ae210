package audit

import (
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

// Event says what became of a request, or would under mode Enforce.
type Event string

// The events.
const (
	Refused Event = "refused"
	Changed Event = "changed"
)

// Line is what a line of the log says: a request, or several that are folded. It has no values of the
// object except for names that the findings need, its resources, and what admission sets: no environment
// variables, no secrets, no whole objects.
type Line struct {
	// Time is when the request was answered; of folded ones, the last.
	Time  time.Time
	Event Event
	UID   string
	User  string
	// Groups are those of the user.
	Groups []string
	// Caller is how the caller proved to be the API server: "client-certificate", "secret-path", or
	// "unproven" if it didn't. All other fields are what the caller says.
	Caller    string
	Operation string
	// Resource is the resource with its group: "pods", "daemonsets.apps".
	Resource string
	// SubResource is the subresource of the request, for example "resize", or "".
	SubResource string
	Namespace   string
	// Name is "" if the object only has a GenerateName yet (S22).
	Name         string
	GenerateName string
	// Owner is the controller, for example "ReplicaSet/web-5d9c", or "".
	Owner  string
	DryRun bool
	// Profile is the Fargate profile that takes the pods, or "".
	Profile  string
	Findings []Finding
	// Observed is true for a request that mode Observe let through unchanged.
	Observed bool
	// Changes are the fields that are changed, or would be.
	Changes []string
	// More is the number of findings that are not listed.
	More int
	// Labels and Annotations are what is set; without the record of a pod's resources, which
	// Resources says better.
	Labels, Annotations map[string]string
	// Pinned is the profile that the pod is pinned to by a label, or "".
	Pinned string
	// Resources are the containers whose requests or limits are changed, and MoreResources is the
	// number of those that are not listed.
	Resources     []Resources
	MoreResources int
	// Count is the number of folded requests; 0 or 1 for a line of one request. Since is the time of
	// the first of them.
	Count int
	Since time.Time
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

// Resources are the requests and limits of a container.
type Resources struct {
	Container     string
	Before, After Requirements
}

// Requirements are quantities of CPU and memory, "" where there is none.
type Requirements struct{ Requests, Limits Quantities }

// Quantities are those of one list.
type Quantities struct{ CPU, Memory string }

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (r Resources) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("container", r.Container)
	return firstError(enc.AddObject("before", r.Before), enc.AddObject("after", r.After))
}

// MarshalLogObject implements zapcore.ObjectMarshaler. A list that is not stated is left out.
func (r Requirements) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	var err error
	if r.Requests != (Quantities{}) {
		err = enc.AddObject("requests", r.Requests)
	}
	if r.Limits != (Quantities{}) {
		err = firstError(err, enc.AddObject("limits", r.Limits))
	}
	return err
}

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (q Quantities) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	addIfAny(enc, "cpu", q.CPU)
	addIfAny(enc, "memory", q.Memory)
	return nil
}

// MarshalLogObject implements zapcore.ObjectMarshaler: the fields of the table, in its order.
func (l *Line) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	for i := range fields {
		if err := fields[i].add(enc, fields[i].name, l); err != nil {
			return err
		}
	}
	return nil
}

// encoder writes JSON objects of what it is given, and nothing else.
var encoder = zapcore.NewJSONEncoder(zapcore.EncoderConfig{LineEnding: "\n", EncodeTime: zapcore.RFC3339NanoTimeEncoder})

// encode returns the line as JSON with a newline at its end. The buffer must be freed.
func (l *Line) encode() (*buffer.Buffer, error) {
	return encoder.EncodeEntry(zapcore.Entry{}, []zap.Field{zap.Inline(l)})
}

func addIfAny(enc zapcore.ObjectEncoder, key, value string) {
	if value != "" {
		enc.AddString(key, value)
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
