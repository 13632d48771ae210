package certs

import (
	"bytes"
	"slices"
	"sync"
	"time"
)

// maxFormerCAs limits the bundle if somebody replaces the CA again and again.
const maxFormerCAs = 4

// bundle has the current CA and former ones that may still have valid leaves. The zero bundle is
// empty. It is safe for concurrent use.
type bundle struct {
	mutex   sync.Mutex
	current []byte
	former  []formerCA // latest first
}

// formerCA is a CA that no longer signs, in PEM.
type formerCA struct {
	pem   []byte
	until time.Time // when its last leaf has expired
}

// update makes ca (PEM) the current CA. The previous one stays in the bundle for the life of a
// leaf.
func (b *bundle) update(ca []byte, now time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if bytes.Equal(b.current, ca) {
		return
	}
	if b.current != nil {
		b.former = slices.Insert(b.former, 0, formerCA{pem: b.current, until: now.Add(leafDuration)})
	}
	b.former = slices.DeleteFunc(b.former, func(former formerCA) bool { return bytes.Equal(former.pem, ca) })
	b.former = b.former[:min(len(b.former), maxFormerCAs)]
	b.current = bytes.Clone(ca)
}

// pem returns the current CA, then the former ones that may have valid leaves.
func (b *bundle) pem(now time.Time) []byte {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	all := appendPEM(nil, b.current)
	for _, former := range b.former {
		if now.Before(former.until) {
			all = appendPEM(all, former.pem)
		}
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
