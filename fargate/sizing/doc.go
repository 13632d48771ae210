// Package sizing is how Fargate sizes a pod, and how what it provisions is handed out to the
// containers: pure functions of a pod's spec, the policy and what its namespace allows.
package sizing
