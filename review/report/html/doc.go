// Package html writes a review as one HTML file that needs nothing else: no network, no other file,
// and no script to be read. What manifests hold is data of strangers: it becomes text, and a
// Content-Security-Policy keeps anything but the script of this package from running.
package html
