// Package lookups caches the other objects of the cluster that decisions need, such as limits,
// quotas, volumes and Services. It watches them and answers from memory, so that no request waits
// for the API server.
package lookups
