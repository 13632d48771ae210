package main

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/bill"
)

// pricesAreFrom says which prices monthly counts with.
const pricesAreFrom = "list price of us-east-1 for Linux on x86, read in October 2026"

const hoursOfMonth = bill.Month / 3600

// provisioned returns what Fargate has provisioned for a pod, "" before that.
func provisioned(pod *corev1.Pod) string { return pod.Annotations["CapacityProvisioned"] }

// monthly returns the price of a size such as "0.25vCPU 0.5GB" for a month, in USD.
func monthly(size string) (float64, error) {
	cpu, memory, _ := strings.Cut(size, " ")
	vcpus, errCPU := strconv.ParseFloat(strings.TrimSuffix(cpu, "vCPU"), 64)
	gigabytes, errMemory := strconv.ParseFloat(strings.TrimSuffix(memory, "GB"), 64)
	if errCPU != nil || errMemory != nil {
		return 0, fmt.Errorf("size %q must be like 0.25vCPU 0.5GB", size)
	}
	prices := bill.Assumed()
	return hoursOfMonth * (vcpus*perHour(prices.VCPUHour) + gigabytes*perHour(prices.GBHour)), nil
}

// perHour returns a price in USD.
func perHour(rate bill.Rate) float64 { return float64(rate) / 1e9 }
