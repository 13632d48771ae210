// Package creates measures what webhooks cost whoever creates pods: through a real API server, with
// one registration after another, in turns. Only the webhooks of a turn are registered in it.
package creates
