package live

import (
	"fmt"
	"io"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"fargate-webhook/review"
)

// Gap is what could not be read of a cluster.
type Gap struct { //nolint:errname // it is data of the review, and an error besides
	// Name is what the source of the objects would be called.
	Name string
	// Text says what is missing, and what the review is without it.
	Text string
	// NotJudged is true for objects that would be judged. Others are only looked up.
	NotJudged bool
	// Serious is true if the report says too little about the cluster: a request failed, or the
	// right is missing to list a kind that the webhook is called for in every cluster.
	Serious bool
}

// Source returns a source that can't be opened, so that each report names the gap.
func (g *Gap) Source() review.Source {
	return review.Source{Name: g.Name, Open: func() (io.ReadCloser, error) { return nil, g }}
}

// Minor reports a gap that isn't serious.
func (g *Gap) Minor() bool { return !g.Serious }

// Error returns the text.
func (g *Gap) Error() string { return g.Text }

// gap returns that of a resource whose list the API server answered with an error.
func (r *Reader) gap(of *resource, err error) *Gap {
	list, without := "list "+of.name(), "they are not reviewed"
	if r.Namespace != "" && of.namespaced {
		list += " in namespace " + r.Namespace
	}
	lookedUp := of.context || of.Resource == namespaces.Resource // whose label exempts what is in it
	if lookedUp {
		without = "decisions about other objects are made without them"
	}
	g := Gap{Name: of.source(), Text: fmt.Sprintf("no right to %s: %s", list, without), NotJudged: !lookedUp, Serious: of.required}
	if !apierrors.IsForbidden(err) {
		g.Text, g.Serious = fmt.Sprintf("%s: %v: %s", list, err, without), true
	}
	return &g
}
