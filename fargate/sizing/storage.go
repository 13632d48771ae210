package sizing

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

const (
	// storageReserved is what Fargate adds, in milli-bytes, to the requested ephemeral storage and
	// a tenth of it. storageMost is the most that it provides (F3.12, S19).
	storageReserved = 5 * gibibyte
	storageMost     = 175 * gibibyte
	// storageLeast is what every pod gets (F3.12).
	storageLeast = 20 * gibibyte
	// storageMostRequested is the largest sum of requests that fits: 154.54 GiB.
	storageMostRequested = (storageMost - storageReserved) * 10 / 11
)

// Storage is the ephemeral storage of a pod (F3.12).
type Storage struct{ requested int64 }

// StorageFor returns the ephemeral storage of a pod, by the formula of [Requested].
func StorageFor(spec *corev1.PodSpec) Storage { return Storage{requestedStorage(spec)} }

// Requested returns what the pod requests, as a quantity rounded up to Mi.
func (s Storage) Requested() string { return inMebibytes(s.requested) }

// Needed returns what Fargate would have to provide for that.
func (s Storage) Needed() string { return inMebibytes(withReserved(s.requested)) }

// Fits is false when Fargate can't provide that much.
func (s Storage) Fits() bool { return s.requested <= storageMostRequested }

// withReserved is what Fargate would have to provide for a request.
func withReserved(requested int64) int64 { return requested + (requested+9)/10 + storageReserved }

// DiskHolds reports whether the disk that Fargate provides for a pod holds a volume of a size,
// beside the image and what Kubernetes needs, for which it adds 5 GiB. It also returns that disk.
func DiskHolds(spec *corev1.PodSpec, size resource.Quantity) (provided string, ok bool) {
	disk := max(withReserved(requestedStorage(spec)), storageLeast)
	return inMebibytes(disk), thousandths(size) <= disk-storageReserved
}

// MaxStorage returns the ephemeral storage that Fargate provides at most, and the sum of requests
// that this is enough for (F3.12).
func MaxStorage() (provided, requested string) {
	return inMebibytes(storageMost), inMebibytes(storageMostRequested / mebibyte * mebibyte)
}

// requestedStorage returns the ephemeral storage that a pod requests, in milli-bytes.
func requestedStorage(spec *corev1.PodSpec) int64 {
	sum := peakOf(spec, func(c *corev1.Container) int64 {
		return statedOf(&c.Resources, corev1.ResourceEphemeralStorage).request
	})
	return min(sum+thousandths(spec.Overhead[corev1.ResourceEphemeralStorage]), ceiling)
}

// inMebibytes writes milli-bytes as a quantity, rounded up to Mi.
func inMebibytes(milliBytes int64) string {
	return resource.NewQuantity((milliBytes+mebibyte-1)/mebibyte<<20, resource.BinarySI).String()
}
