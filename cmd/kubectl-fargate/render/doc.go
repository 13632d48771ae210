// Package render makes manifests of Helm charts and kustomizations, with the engines of these
// projects, offline: it fetches nothing, runs no program and asks no cluster.
package render
