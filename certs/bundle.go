package certs

import (
	"bytes"
	"slices"
	"sync"
	"time"
)

// maxFormerCAs bounds the bundle should somebody replace the CA over and over.
const maxFormerCAs = 4

// bundle remembers the current CA and those before it that may still have valid leaves. The zero bundle is empty. It is safe for
// concurrent use.
type bundle struct {
	mutex   sync.Mutex
	current []byte
	former  []formerCA // latest first
}

// formerCA is a CA that signs no more, in PEM.
type formerCA struct {
	pem   []byte
	until time.Time // when its last leaf has expired
}

// update makes ca, in PEM, the current CA; the one before it stays in the bundle for the life of a leaf.
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

// pem returns the current CA and then the former ones that still count.
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

// appendPEM appends a PEM text, and sees to it that what follows starts on a line of its own.
func appendPEM(all, text []byte) []byte {
	all = append(all, text...)
	if len(all) > 0 && all[len(all)-1] != '\n' {
		all = append(all, '\n')
	}
	return all
}
