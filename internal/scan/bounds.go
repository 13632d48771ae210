package scan

// The bounds. What the API server sends is what it has decoded, validated and encoded itself: at
// most 3 MiB an object, and 1.5 MiB once it is in etcd. Each bound is well above what such an
// object has, so that a refusal always means a forged body or an attack.
const (
	// MaxMemory is the most that an object, and the one that it replaces, may take once they are
	// decoded, in bytes. 500 containers with 100 variables each take 10 MiB; a body of `{}`
	// containers takes 300 bytes for each 3 that are sent. It bounds decoding: what a decision takes
	// beside the decoded objects isn't counted.
	MaxMemory = 24 << 20
	// maxElements is the most elements of all lists together, in the object and the one that it
	// replaces. An element takes 15 bytes of a pod, and an object has at most 3 MiB; elements of a
	// letter cost little memory, but each is judged.
	maxElements = 200_000
	// maxEntries is the most entries of a map, such as labels: each is compared with the selectors of
	// profiles. Objects have some dozens, and annotations of 256 KiB at most.
	maxEntries = 10_000
	// maxDepth is the deepest nesting. The deepest types that are judged nest 20 levels, and the
	// managedFields of a CronJob 30, within the review.
	maxDepth = 64
	// maxNumber is the longest number, in bytes. The API server encodes integers, which have at
	// most 20.
	maxNumber = 64
	// maxQuantity is the longest quantity, in bytes. The API server sends the canonical form, which
	// has at most 30.
	maxQuantity = 100
	// maxExponent is the largest exponent of a quantity, positive or negative. The canonical form
	// has at most 18. To parse 1e-1000000 takes 10 ms, and 1e-2147483647 minutes and gigabytes.
	maxExponent = 100
	// maxTimestamp is the longest timestamp, in bytes; RFC 3339 needs at most 35. The decoder
	// quotes a longer one in its error.
	maxTimestamp = 100
	// maxUID is the longest UID, in bytes; the API server makes UUIDs, with 36. Answers repeat it.
	maxUID = 1024
)

// Reason is what a body has too much of, as a metric label.
type Reason string

// The reasons of a [RefusalError].
const (
	Memory Reason = "memory"
	// Elements are those of lists, and the entries of a map.
	Elements  Reason = "elements"
	Depth     Reason = "depth"
	Number    Reason = "number"
	Quantity  Reason = "quantity"
	Timestamp Reason = "timestamp"
	UID       Reason = "uid"
	// Repeated is a field that is there twice. The decoder would decode both; no encoder writes it.
	Repeated Reason = "repeated"
)

// Reasons are all reasons.
func Reasons() []Reason {
	return []Reason{Memory, Elements, Depth, Number, Quantity, Timestamp, UID, Repeated}
}

// RefusalError is the error for what has too much of something.
type RefusalError struct {
	Reason Reason
	// Field is where it was found: "request.object.spec.containers[3].resources". Long ones are
	// cut at the front.
	Field string
	// Problem says what is wrong, and what is allowed.
	Problem string
}

// Error returns field and problem.
func (r *RefusalError) Error() string {
	if r.Field == "" {
		return r.Problem
	}
	return r.Field + ": " + r.Problem
}

// in returns the refusal with the name of what contains the field.
func (r *RefusalError) in(parent string) *RefusalError {
	const longest = 256
	out := *r
	switch {
	case len(out.Field) > longest:
	case out.Field == "" || out.Field[0] == '[':
		out.Field = parent + out.Field
	default:
		out.Field = parent + "." + out.Field
	}
	return &out
}
