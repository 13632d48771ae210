package sizing

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Quantities are CPU and memory as they are written, "" for none, as a patch sets a list of them.
type Quantities struct {
	CPU    string `json:"cpu,omitempty"`
	Memory string `json:"memory,omitempty"`
}

// AppendJSON appends them as encoding/json writes them. Quantities have no escapes.
func (q Quantities) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	if q.CPU != "" {
		b = append(append(append(b, `"cpu":"`...), q.CPU...), '"')
		if q.Memory != "" {
			b = append(b, ',')
		}
	}
	if q.Memory != "" {
		b = append(append(append(b, `"memory":"`...), q.Memory...), '"')
	}
	return append(b, '}')
}

// textOf returns a quantity of a list as Kubernetes writes it, "" for none.
func textOf(list corev1.ResourceList, name corev1.ResourceName) string {
	q, ok := list[name]
	if !ok {
		return ""
	}
	return q.String()
}

// finalText writes a value as the user wrote it where it stays the same, else in the usual form.
// Zero is "" unless it was stated originally.
func finalText(original corev1.ResourceList, current *corev1.ResourceRequirements, name corev1.ResourceName, final int64) string {
	if q, ok := original[name]; ok && thousandths(q) == final {
		return q.String()
	}
	if final == 0 {
		return ""
	}
	for _, list := range [2]corev1.ResourceList{current.Requests, current.Limits} {
		if q, ok := list[name]; ok && thousandths(q) == final {
			return q.String()
		}
	}
	return Quantity(name, final)
}

// Quantity writes thousandths of a resource as Kubernetes users do: "250m", "256Mi".
func Quantity(name corev1.ResourceName, thousandths int64) string {
	whole, fraction := thousandths/milli, thousandths%milli
	switch {
	case thousandths < 0: // rare forms are left to the API's own code, which takes longer
	case fraction != 0:
		return strconv.FormatInt(thousandths, 10) + "m"
	case name == corev1.ResourceCPU && whole < milli:
		return strconv.FormatInt(whole, 10)
	case name != corev1.ResourceCPU && whole >= 1<<10:
		power := 0
		for ; whole%(1<<10) == 0; power++ {
			whole >>= 10
		}
		return strconv.FormatInt(whole, 10) + binary[power]
	}
	if name == corev1.ResourceCPU || fraction != 0 {
		return resource.NewMilliQuantity(thousandths, resource.DecimalSI).String()
	}
	return resource.NewQuantity(whole, resource.BinarySI).String()
}

// Text writes thousandths of a resource for people: as [Quantity], but in powers of 1000 where that is
// much shorter, since then people wrote it so. 10G would be 9765625Ki.
func Text(name corev1.ResourceName, thousandths int64) string {
	usual := Quantity(name, thousandths)
	if name == corev1.ResourceCPU || thousandths%milli != 0 {
		return usual
	}
	if decimal := resource.NewQuantity(thousandths/milli, resource.DecimalSI).String(); len(decimal) < len(usual)-1 {
		return decimal
	}
	return usual
}

// binary are the suffixes of the powers of 1024.
var binary = [...]string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
