// Package intake bounds what the requests in flight take together. Bodies are weighed before they
// are read, and again before they are decoded; what doesn't fit soon is turned away.
//
// Small bodies, as nearly all are, have room of their own: however many large ones come, they are
// answered.
package intake
