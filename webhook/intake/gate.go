package intake

import (
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Stage is what a request waited for when it was turned away, as a metric label.
type Stage string

// The stages of a request.
const (
	SmallBody Stage = "small-body"
	LargeBody Stage = "large-body"
	SmallTurn Stage = "small-decision"
	LargeTurn Stage = "large-decision"
)

const (
	// maxWaiting is how long a request waits for each stage. The API server waits 10 seconds, or as
	// the registration says, and asks again after one when it is turned away.
	maxWaiting = 2 * time.Second
	// maxRest is the longest rest after a large body.
	maxRest = time.Second
)

// roomSizes are how large the room for bodies is that is used again, in bytes: most pods fit in the
// first.
var roomSizes = [...]int{16 << 10, 64 << 10}

// Stages are all stages.
func Stages() []Stage { return []Stage{SmallBody, LargeBody, SmallTurn, LargeTurn} }

// BusyError is the error for a request that is turned away.
type BusyError struct{ Stage Stage }

// Error says what to do.
func (*BusyError) Error() string { return "too many requests in flight: try again in a second" }

// Gate lets requests in. Make it with [NewGate].
type Gate struct {
	small, large *lane
	decoded      *semaphore.Weighted
	turns        *semaphore.Weighted
	limits       Limits
	wait         time.Duration
	// rooms have room of each of roomSizes that nobody reads any more.
	rooms [len(roomSizes)]sync.Pool
}

// NewGate returns a gate for limits.
func NewGate(limits Limits) *Gate {
	return &Gate{
		small: newLane(SmallBody, limits.SmallBodies, maxWaiting), large: newLane(LargeBody, limits.LargeBodies, maxWaiting),
		decoded: semaphore.NewWeighted(limits.SmallDecoded), turns: semaphore.NewWeighted(limits.LargeAtOnce),
		limits: limits, wait: maxWaiting,
	}
}

// room returns room for a body.
func (g *Gate) room(size int) []byte {
	for i, most := range roomSizes {
		if size > most {
			continue
		}
		if kept, ok := g.rooms[i].Get().(*[]byte); ok {
			return (*kept)[:size]
		}
		return make([]byte, size, most)
	}
	return make([]byte, size)
}

// keep keeps the room of a body for others.
func (g *Gate) keep(body []byte) {
	if i := slices.Index(roomSizes[:], cap(body)); i >= 0 {
		g.rooms[i].Put(&body)
	}
}
