// Package webhook is the admission face of the judgement: it reads
// AdmissionReviews, asks [fargate.Decide] and writes its decision back as
// patch, refusal, warnings and audit line. It decides nothing of its own.
package webhook
