// Package input finds the manifests of a review where they are: in files, folders and standard
// input as package review reads them, and at URLs.
package input
