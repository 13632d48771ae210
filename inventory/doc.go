// Package inventory counts the pods on Fargate in the cluster, by profile and size, with what they
// don't request of it and what they cost by list prices: what is there now, whichever replica
// admitted it, and also what was there before the webhook was installed.
package inventory
