package certs

import (
	"bytes"
	"slices"
	"sync"
	"time"
)

// maxFormer limits the bundle if somebody replaces the CA again and again.
const maxFormer = 4

// bundle has the current CA and former ones that may still have valid leaves; or the current secret
// path and former ones that API servers may still use. The zero bundle is empty. It is safe for
// concurrent use.
type bundle struct {
	mutex   sync.Mutex
	current []byte
	since   time.Time
	former  []formerValue // latest first
}

// formerValue is a CA that no longer signs, in PEM, or a secret path.
type formerValue struct {
	value []byte
	until time.Time // for a CA, when its last leaf has expired
}

// update makes a value the current one. The previous one stays in the bundle for the life of a
// leaf.
func (b *bundle) update(value []byte, now time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if bytes.Equal(b.current, value) {
		return
	}
	if b.current != nil {
		b.former = slices.Insert(b.former, 0, formerValue{value: b.current, until: now.Add(leafDuration)})
	}
	b.former = slices.DeleteFunc(b.former, func(former formerValue) bool { return bytes.Equal(former.value, value) })
	b.former = b.former[:min(len(b.former), maxFormer)]
	b.current, b.since = bytes.Clone(value), now
}

// updateFrom is update, for a value that replaced another at a certain time. A bundle that has seen
// neither, since its process started later or read too late, gets both. If it had another value, it
// is replaced now, whatever the time is said to be: somebody may have restored an old Secret, and
// the API server still uses what was there before.
func (b *bundle) updateFrom(former, value []byte, replaced, now time.Time) {
	if b.is(value) {
		return
	}
	if replaced.IsZero() || replaced.After(now) {
		replaced = now
	}
	if !b.empty() {
		if now.Sub(replaced) > recently {
			former = nil
		}
		replaced = now
	}
	if len(former) > 0 {
		b.update(former, replaced)
	}
	b.update(value, replaced)
}

// is reports whether a value is the current one.
func (b *bundle) is(value []byte) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.current != nil && bytes.Equal(b.current, value)
}

func (b *bundle) empty() bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.current == nil
}

// replaced reports whether there was another value before the current one.
func (b *bundle) replaced() bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return len(b.former) > 0
}

// values returns the current value, then the former ones that are still good.
func (b *bundle) values(now time.Time) [][]byte {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	var all [][]byte
	if b.current != nil {
		all = append(all, b.current)
	}
	for _, former := range b.former {
		if now.Before(former.until) {
			all = append(all, former.value)
		}
	}
	return all
}

// settled returns the current value once it has been known for a delay, until then the one before
// it.
func (b *bundle) settled(delay time.Duration, now time.Time) []byte {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if len(b.former) > 0 && now.Before(b.since.Add(delay)) {
		return b.former[0].value
	}
	return b.current
}

// pem returns the values as one PEM text.
func (b *bundle) pem(now time.Time) (all []byte) {
	for _, ca := range b.values(now) {
		all = appendPEM(all, ca)
	}
	return all
}

// appendPEM appends a PEM text and a line break if it ends without one.
func appendPEM(all, text []byte) []byte {
	all = append(all, text...)
	if len(all) > 0 && all[len(all)-1] != '\n' {
		all = append(all, '\n')
	}
	return all
}
