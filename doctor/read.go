package doctor

import "fmt"

// Read is what a request for objects returned. Where nothing was found, Value is its zero value.
type Read[T any] struct {
	Value T
	// Denied is the right that the request needs and its user lacks, such as "list nodes"; "" for
	// none.
	Denied string
	// Failed is why the request failed otherwise; "" if it didn't.
	Failed string
}

// Found returns a Read that succeeded.
func Found[T any](value T) Read[T] { return Read[T]{Value: value} }

// problem says why nothing is known.
func (r Read[T]) problem() (denied, failed string) { return r.Denied, r.Failed }

// reading is a Read of any type.
type reading interface {
	problem() (denied, failed string)
}

// unread returns the result of a check that needs what could not be read. ok is false if all was
// read.
func unread(readings ...reading) (result Result, ok bool) {
	for _, r := range readings {
		switch denied, failed := r.problem(); {
		case denied != "":
			return Result{
				Status: Skip, Message: "not checked: you may not " + denied,
				Fix: fmt.Sprintf("run doctor as a user who may %s", denied),
			}, true
		case failed != "":
			return Result{Status: Fail, Message: "not checked: " + failed, Fix: "run doctor again once the API server answers"}, true
		}
	}
	return Result{}, false
}
