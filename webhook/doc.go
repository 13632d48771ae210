// Package webhook is the admission side of the program: it reads AdmissionReviews, asks
// [fargate.Decide] and answers with patch, refusal, warnings and audit line. It decides nothing
// itself.
package webhook
