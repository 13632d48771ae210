// Package scan looks at the raw body of an AdmissionReview, in one pass. It refuses what would cost
// the decoder or the decision far more than any real object does, and decodes what an API server
// sends in the same pass.
//
// It follows the Go type that the body is decoded into. So it counts the memory that the decoder
// allocates, and knows which texts are parsed as quantities: the same text in an annotation or an
// environment variable is harmless, and passes.
//
// What no API server would send, such as a fraction where an integer belongs, it leaves to
// sigs.k8s.io/json, the API server's own decoder: [Shape.Body] scans such a body first. A fuzz test
// compares both.
package scan
