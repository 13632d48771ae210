// Package summary counts what an audit log says: what was refused and changed, of which users, when, and
// what mode Enforce would do where mode Observe let requests through. It reads lines as a stream, and
// what it keeps is bounded, whatever the lines say.
package summary
