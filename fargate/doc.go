// Package fargate decides about one object: where it runs on Amazon EKS with Fargate, what
// admission changes in it, and what Fargate can't run of it. [Decide] is a pure function; it asks
// placement, sizing, traffic and rules, which know nothing of it.
//
// Numbers such as F1.1 and S12 in comments refer to docs/facts.md.
package fargate
