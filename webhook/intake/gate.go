package intake

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"fargate-webhook/internal/scan"
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

// Read reads the body of a request, once there is room for it. The room is taken until release is
// called, and then belongs to another body. Its errors are [BusyError], [http.MaxBytesError] for a
// body above MaxBody, and those of the connection.
func (g *Gate) Read(w http.ResponseWriter, r *http.Request) (body []byte, release func(), err error) {
	size := r.ContentLength
	if size > MaxBody {
		return nil, nil, &http.MaxBytesError{Limit: MaxBody}
	}
	l := g.small
	if size < 0 {
		size = MaxBody
	}
	if size > smallBody {
		l = g.large
	}
	// Servers of tests can't do this; what they read is there at once.
	deadline := func(t time.Time) { _ = http.NewResponseController(w).SetReadDeadline(t) }
	p, err := l.enter(r.Context(), size, func() { deadline(time.Unix(1, 0)) })
	if err != nil {
		return nil, nil, err
	}
	body, err = g.read(w, r)
	if evicted := p.arrived(); evicted && err != nil {
		err = &BusyError{Stage: l.stage}
	}
	if err != nil {
		p.leave()
		return nil, nil, err
	}
	// The deadline was for the body. If it ended while the request is decided, that would be
	// canceled.
	deadline(time.Time{})
	return body, func() { g.keep(body); p.leave() }, nil
}

// read reads a body of known or unknown length.
func (g *Gate) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 {
		return io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	}
	body := g.room(int(r.ContentLength))
	if _, err := io.ReadFull(r.Body, body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return body, nil
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

// Quick waits until a small body may be decoded and decided in the least memory that counts, and
// calls decode with that, in bytes. The turn lasts until release is called. Its errors are
// [BusyError] and those of decode; [scan.ErrUndecided], also for a large body, means that it has to
// wait for its Turn.
func (g *Gate) Quick(ctx context.Context, body []byte, decode func(most int) error) (release func(), err error) {
	if len(body) > smallBody {
		return nil, scan.ErrUndecided
	}
	least := g.limits.SmallDecoded / atOnce
	if err := acquire(ctx, g.decoded, least, g.wait, SmallTurn); err != nil {
		return nil, err
	}
	if err := decode(int(least)); err != nil {
		g.decoded.Release(least)
		return nil, err
	}
	return func() { g.decoded.Release(least) }, nil
}

// Turn waits until a body may be decoded and decided, and calls scan for the memory that it takes
// then. The turn lasts until release is called. Its errors are [BusyError] and those of scan.
func (g *Gate) Turn(ctx context.Context, body []byte, scan func([]byte) (int, error)) (release func(), err error) {
	if len(body) > smallBody {
		// To scan a large body takes time too.
		release, err := g.largeTurn(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := scan(body); err != nil {
			release()
			return nil, err
		}
		return release, nil
	}
	memory, err := scan(body)
	if err != nil {
		return nil, err
	}
	if memory > smallDecoded {
		return g.largeTurn(ctx)
	}
	weight := min(max(int64(memory), g.limits.SmallDecoded/atOnce), g.limits.SmallDecoded)
	if err := acquire(ctx, g.decoded, weight, g.wait, SmallTurn); err != nil {
		return nil, err
	}
	return func() { g.decoded.Release(weight) }, nil
}

// largeTurn waits for the turn of a large body. The next one comes after a rest as long as the
// turn: however many wait, they never take more than half of a processor's time from small bodies.
func (g *Gate) largeTurn(ctx context.Context) (release func(), err error) {
	if err := acquire(ctx, g.turns, 1, g.wait, LargeTurn); err != nil {
		return nil, err
	}
	began := time.Now()
	return func() {
		time.AfterFunc(min(time.Since(began), maxRest), func() { g.turns.Release(1) })
	}, nil
}
