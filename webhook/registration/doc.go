// Package registration tells the API server to call the webhook: it builds the
// two webhook configurations and keeps them applied, with a scope that follows
// the Fargate profiles.
//
// The program registers itself, rather than its manifests, so that installing
// it can't block a cluster: nothing is registered before it can answer.
package registration
