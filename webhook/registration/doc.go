// Package registration builds the webhook configurations and keeps them applied, with a scope
// that follows the Fargate profiles.
//
// The webhook registers itself instead of being registered by its manifests, so that installing it
// can't block a cluster: nothing is registered before a replica can answer, and failurePolicy Fail
// only after the API server has reached one.
package registration
