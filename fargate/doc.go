// Package fargate is what Amazon EKS on Fargate is, as pure functions of
// values: which pods land there (placement), what they are provisioned with
// (sizes), how that is handed out to their containers (resources), what can't
// run there (rules), and [Decide], which puts these together for an object.
//
// Nothing here does I/O. The numbers F1.1, S12 and so on in the comments are
// those of the project's list of facts about Fargate.
package fargate
