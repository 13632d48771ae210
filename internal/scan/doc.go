// Package scan looks at the raw body of an AdmissionReview before it is decoded, in one pass and
// without allocating for it. It refuses what would cost the decoder or the decision far more than
// any real object does.
//
// It follows the Go type that the body is decoded into. So it counts the memory that the decoder
// will allocate, and knows which texts are parsed as quantities: the same text in an annotation or
// an environment variable is harmless, and passes.
package scan
