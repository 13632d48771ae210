package bill

import (
	"fmt"
	"strconv"
	"strings"

	"fargate-webhook/fargate/sizing"
)

// SizeText writes a size as AWS does: "0.25 vCPU / 0.5 GB".
func SizeText(s sizing.Size) string {
	return s.VCPU() + " vCPU / " + strconv.FormatFloat(float64(s.GiB2)/2, 'f', -1, 64) + " GB"
}

// Billed writes what is billed of a pod, with the ephemeral storage in milli-bytes if that has a
// price: "0.25 vCPU / 0.5 GB and 95 GB of storage".
func (p *Prices) Billed(s sizing.Size, storage int64) string {
	if storage <= 0 || p.StorageGBHour == nil {
		return SizeText(s)
	}
	return SizeText(s) + " and " + gigabytes(storage) + " of storage"
}

// Requests writes what is requested: "1 vCPU + 8 GiB", "0.25 vCPU + 256 MiB".
func Requests(a sizing.Amount) string { return vcpu(a.MilliCPU) + " + " + binary(a.MilliBytes) }

func vcpu(milliCPU int64) string { return number(milliCPU) + " vCPU" }

// number writes thousandths as a decimal number.
func number(thousandths int64) string {
	text := fmt.Sprintf("%d.%03d", thousandths/milli, thousandths%milli)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// binary writes milli-bytes in whole GiB, or in MiB, rounded up.
func binary(milliBytes int64) string {
	mib := (milliBytes + mebibyte - 1) / mebibyte
	if mib >= 1<<10 && mib%(1<<10) == 0 {
		return strconv.FormatInt(mib>>10, 10) + " GiB"
	}
	return strconv.FormatInt(mib, 10) + " MiB"
}

// gigabytes writes milli-bytes in GB, as Fargate calls GiB, rounded up to tenths.
func gigabytes(milliBytes int64) string {
	tenths := (milliBytes*10 + gibibyte - 1) / gibibyte
	return strconv.FormatFloat(float64(tenths)/10, 'f', -1, 64) + " GB"
}
