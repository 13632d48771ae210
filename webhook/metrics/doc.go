// Package metrics counts what the webhook answers: requests by outcome, findings by rule, what
// admission changes in pods, and the resources of pods that it admits, by Fargate profile. All labels
// have few values: none comes from a request, except for names of profiles that the cluster has.
package metrics
