package intake

import "fargate-webhook/internal/scan"

const (
	// MaxBody is the largest body of a review: two objects of up to 3 MiB each, as the API server
	// accepts them, and room for the rest.
	MaxBody = 8 << 20
	// smallBody is the largest body that counts as small: reviews of pods have 5 to 50 KiB.
	smallBody = 256 << 10
	// smallDecoded is the most that a small body takes once it is decoded, or it counts as large.
	smallDecoded = 2 << 20
	// atOnce is how many small requests are decided at once, at most.
	atOnce = 64

	// assumed is the memory without a limit.
	assumed = 1 << 30
	least   = 64 << 20
)

// Limits are what a process may use at once. Those in bytes are of memory.
type Limits struct {
	// Connections is how many are open.
	Connections int
	// SmallBodies and LargeBodies are for the bodies of requests.
	SmallBodies, LargeBodies int64
	// SmallDecoded is for small bodies once they are decoded.
	SmallDecoded int64
	// LargeAtOnce is how many large bodies are decoded and decided at once. Each may take as much
	// as the scan allows.
	LargeAtOnce int64
}

// For returns the limits of a process with so much memory, 0 for no limit, and so many processors.
// At 256 MiB, half of it is for requests: 16 MiB for connections, 16 and 32 MiB for bodies, 32 MiB
// for small ones once decoded, and 24 MiB for a large one. The rest is for the caches, for what
// isn't collected yet, and for what decisions take beside the decoded objects: that has no limit of
// its own, only the number of decisions at once has.
func For(memory int64, processors int) Limits {
	if memory <= 0 {
		memory = assumed
	}
	memory = max(memory, least)
	return Limits{
		// With TLS, a connection takes some 32 KiB. An API server keeps 25 open, and opens more for
		// requests at once.
		Connections:  int(min(max(memory>>19, 256), 4096)),
		SmallBodies:  memory / 16,
		LargeBodies:  max(memory/8, MaxBody),
		SmallDecoded: memory / 8,
		// Half of the processors are for small bodies.
		LargeAtOnce: max(min(int64(processors/2), memory/8/scan.MaxMemory), 1),
	}
}
