// Package bodies holds AdmissionReviews as the API server sends them, in four sizes. The reviews in
// testdata were recorded: a Deployment's controllers created the pods, with managed fields, the
// volume of the service account's token, and all defaults.
package bodies
