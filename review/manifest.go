package review

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/internal/spool"
)

// manifest is what is kept of an object while the sources are read. Its text and its JSON are in the
// spool.
type manifest struct {
	*document
	// within are the object's places in its Lists, from the outermost.
	within []int
	// of is the object's type.
	of   metav1.TypeMeta
	json spool.Ref
}

// item returns the object's place in its List, nil outside of one.
func (m *manifest) item() *int {
	if len(m.within) == 0 {
		return nil
	}
	return &m.within[len(m.within)-1]
}

// document is where a document of a source is. The objects of a List share theirs.
type document struct {
	source *Source
	// order is the place of the source among all.
	order int
	// index counts the documents of the source from 0, empty ones left out.
	index int
	// line and column are where its text begins, from 1.
	line, column int
	// begin is the offset in the text at which its content begins, after comments, and beginLine the
	// line of that in the source.
	begin, beginLine int
	text             spool.Ref
	// file is the content of the source, and start where the text is in it; nil unless items are to
	// have an Origin.
	file  *file
	start int
}

// file is the content of a source without its byte order mark.
type file struct {
	data   []byte
	marked bool
}
