// Package review is the offline face of the judgement: it reads manifests, asks [fargate.Decide]
// about each object as admission would, and reports the answers for people (a table) and programs
// (JSON).
package review
