package intake

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"fargate-webhook/internal/scan"
)

// Visit is one request within a gate. All that it takes there is noted in it at once, and lasts until
// Leave: whatever happens to the request, a panic among others, a deferred Leave gives it back.
type Visit struct {
	gate  *Gate
	place *place
	body  []byte
	// weight is what the visit has of SmallDecoded.
	weight int64
	// turn is when its turn as a large body began, zero if it has none.
	turn time.Time
}

// Enter begins a visit, which ends with Leave.
func (g *Gate) Enter() Visit { return Visit{gate: g} }

// Leave gives back what the visit took. The body then belongs to another visit.
func (v *Visit) Leave() {
	v.decided()
	if v.body != nil {
		v.gate.keep(v.body)
	}
	if v.place != nil {
		v.place.leave()
	}
}

// Read reads the body of a request, once there is room for it. Its errors are [BusyError],
// [http.MaxBytesError] for a body above MaxBody, and those of the connection.
func (v *Visit) Read(w http.ResponseWriter, r *http.Request) (body []byte, err error) {
	size := r.ContentLength
	if size > MaxBody {
		return nil, &http.MaxBytesError{Limit: MaxBody}
	}
	l := v.gate.small
	if size < 0 {
		size = MaxBody
	}
	if size > smallBody {
		l = v.gate.large
	}
	// Servers of tests can't do this; what they read is there at once.
	deadline := func(t time.Time) { _ = http.NewResponseController(w).SetReadDeadline(t) }
	if v.place, err = l.enter(r.Context(), size, func() { deadline(time.Unix(1, 0)) }); err != nil {
		return nil, err
	}
	body, err = v.read(w, r)
	if evicted := v.place.arrived(); evicted && err != nil {
		err = &BusyError{Stage: l.stage}
	}
	if err != nil {
		return nil, err
	}
	// The deadline was for the body. If it ended while the request is decided, that would be
	// canceled.
	deadline(time.Time{})
	v.body = body
	return body, nil
}

// read reads a body of known or unknown length.
func (v *Visit) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 {
		return io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	}
	body := v.gate.room(int(r.ContentLength))
	if _, err := io.ReadFull(r.Body, body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return body, nil
}

// Quick waits until a small body may be decoded and decided in the least memory that counts, and
// calls decode with that, in bytes. Its errors are [BusyError] and those of decode;
// [scan.ErrUndecided], also for a large body, means that it has to wait for its Turn.
func (v *Visit) Quick(ctx context.Context, body []byte, decode func(most int) error) error {
	if len(body) > smallBody {
		return scan.ErrUndecided
	}
	least := v.gate.limits.SmallDecoded / atOnce
	if err := v.small(ctx, least); err != nil {
		return err
	}
	err := decode(int(least))
	if err != nil {
		v.decided() // or it would wait for its Turn with what others wait for
	}
	return err
}

// Turn waits until a body may be decoded and decided, and calls scan for the memory that it takes
// then. Its errors are [BusyError] and those of scan.
func (v *Visit) Turn(ctx context.Context, body []byte, scan func([]byte) (int, error)) error {
	if len(body) > smallBody {
		// To scan a large body takes time too.
		if err := v.large(ctx); err != nil {
			return err
		}
		_, err := scan(body)
		return err
	}
	memory, err := scan(body)
	if err != nil {
		return err
	}
	if memory > smallDecoded {
		return v.large(ctx)
	}
	most := v.gate.limits.SmallDecoded
	return v.small(ctx, min(max(int64(memory), most/atOnce), most))
}

// small waits for a share of what is for small bodies.
func (v *Visit) small(ctx context.Context, weight int64) error {
	if err := acquire(ctx, v.gate.decoded, weight, v.gate.wait, SmallTurn); err != nil {
		return err
	}
	v.weight = weight
	return nil
}

// large waits for the turn of a large body. The next one comes after a rest as long as the turn:
// however many wait, they never take more than half of a processor's time from small bodies.
func (v *Visit) large(ctx context.Context) error {
	if err := acquire(ctx, v.gate.turns, 1, v.gate.wait, LargeTurn); err != nil {
		return err
	}
	v.turn = time.Now()
	return nil
}

// decided gives back what the visit took to be decided.
func (v *Visit) decided() {
	if v.weight > 0 {
		v.gate.decoded.Release(v.weight)
		v.weight = 0
	}
	if !v.turn.IsZero() {
		turns := v.gate.turns
		time.AfterFunc(min(time.Since(v.turn), maxRest), func() { turns.Release(1) })
		v.turn = time.Time{}
	}
}
