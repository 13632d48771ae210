// Package lookups tells decisions of other objects of the cluster: limits,
// quotas, claims and volumes. It watches them and answers from memory, so that
// no request waits for the API server.
package lookups
