// Package bill says what pods cost on Fargate: pure functions of what a pod requests, how long it
// runs and a table of prices. Its figures are estimates by list prices (F10.6), not an invoice.
//
// An amount of money is computed from integers, exactly, and rounded once, to hundredths, when it
// is the amount of one workload. Totals are sums of these, so that a column of figures adds up to
// the figure below it.
package bill
