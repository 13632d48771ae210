// Package limits tests what the program costs whoever runs it, whatever is sent: it runs the real
// program without a cluster, as a process whose memory and time are measured.
package limits
