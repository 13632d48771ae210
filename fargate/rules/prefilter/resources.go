package prefilter

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"fargate-webhook/fargate/sizing"
)

// Sums are of approximate numbers. The rules round each quantity up to thousandths, so that a sum
// of theirs is larger than ours by less than slack, and the bounds are lower by that. Init
// containers are counted as if they ran beside the others: that is never too little.
const slack = 0.1

var (
	largest    = sizing.Largest().Budget()
	mostCPU    = float64(largest.MilliCPU)/1000 - slack
	mostMemory = float64(largest.MilliBytes)/1000 - slack
	// mostStorage is the largest sum of requests for ephemeral-storage, rounded down to Mi.
	mostStorage = bytes(second(sizing.MaxStorage())) - slack
	// leastDisk is what every pod has room for in volumes: 20 GiB less 5 (F3.12).
	leastDisk = bytes("15Gi") - slack
)

func second(_, b string) string { return b }

func bytes(text string) float64 {
	q := resource.MustParse(text)
	return q.AsApproximateFloat64()
}

// number is a quantity as a number.
func number(text string) string { return `quantity(` + text + `).asApproximateFloat()` }

// request is what container c requests of a resource, as a text. A limit without a request is a
// request too (F3.10).
func request(name corev1.ResourceName) string {
	return fmt.Sprintf(`(has(c.resources.requests) && %[1]q in c.resources.requests ? c.resources.requests[%[1]q] : has(c.resources.limits) && %[1]q in c.resources.limits ? c.resources.limits[%[1]q] : "0")`, name)
}

// above is true for a container that requests more of a resource than its share of a bound: the pod
// may request more than that.
func above(name corev1.ResourceName, bound float64) string {
	return fmt.Sprintf(`%s * double(%s) > %.3f`, number(request(name)), countContainers, bound)
}

// limitAbove is true for a pod of which a container has a limit above what the long-running ones
// request together: the size may be no larger. Quantities differ by 1e-9 at least. Where the limits
// are the requests there is nothing to add up.
var limitAbove = fmt.Sprintf(someContainer, limitsDiffer) + ` && ` + let("cpu", sum(corev1.ResourceCPU), let("memory", sum(corev1.ResourceMemory),
	fmt.Sprintf(someContainer, fmt.Sprintf(`%s && (%s)`, limitsDiffer, anyOf(limitOf(corev1.ResourceCPU, "cpu"), limitOf(corev1.ResourceMemory, "memory"))))))

const limitsDiffer = `has(c.resources.limits) && !(has(c.resources.requests) && c.resources.requests == c.resources.limits)`

func limitOf(name corev1.ResourceName, requested string) string {
	limit := fmt.Sprintf(`c.resources.limits[%q]`, name)
	return fmt.Sprintf(`%q in c.resources.limits && %s > %s + 1e-10`, name, number(limit), requested)
}

// sum is what the long-running containers request of a resource together.
func sum(name corev1.ResourceName) string {
	return fmt.Sprintf(`object.spec.containers.map(c, %s).sum()`, number(request(name)))
}

// limitsCut is true for a pod of which admission may have lowered limits by more than half.
var limitsCut = fmt.Sprintf(`%[1]q in object.metadata.annotations && object.metadata.annotations[%[1]q].contains(%[2]q)`, sizing.RecordAnnotation, sizing.RecordedCut)

// storageAbove is true for a container that requests more ephemeral-storage than its share of what
// there is.
var storageAbove = fmt.Sprintf(`(has(c.resources.requests) && %[1]q in c.resources.requests || has(c.resources.limits) && %[1]q in c.resources.limits) && %[2]s`,
	corev1.ResourceEphemeralStorage, above(corev1.ResourceEphemeralStorage, mostStorage))

// usualResources is true for a container of which CPU and memory alone are set, and so little requested
// that a pod of mostContainers is small: at most 1 vCPU and 9999Mi each. To match texts takes the API
// server a third of the time of computing with quantities.
const usualResources = `has(c.resources.requests) && size(c.resources.requests) == 2 && "cpu" in c.resources.requests && "memory" in c.resources.requests && ` +
	`(c.resources.requests["cpu"] + " " + c.resources.requests["memory"]).matches("^([0-9]{1,3}m|1) ([0-9]{1,4}Mi|[0-9]Gi)$") && ` +
	`(!has(c.resources.limits) || size(c.resources.limits) == 2 && "cpu" in c.resources.limits && "memory" in c.resources.limits)`

// others is true for a container with other resources than those that Fargate has, in its requests
// or its limits. Most have CPU and memory.
func others(of string) string {
	resources := "c.resources." + of
	return fmt.Sprintf(`has(%[1]s) && !(size(%[1]s) == 2 && "cpu" in %[1]s && "memory" in %[1]s) && %[1]s.exists(k, !(k in ["cpu", "memory", "ephemeral-storage"]))`, resources)
}

// scratchSpace is true for a volume with a limit in a pod whose volumes may outgrow the disk that every
// pod has, or those in memory what the long-running containers request. An exact sum could be larger
// by a fraction.
var scratchSpace = `has(v.emptyDir) && has(v.emptyDir.sizeLimit) && (` +
	anyOf(fmt.Sprintf(`size(object.spec.volumes) > %d`, mostLimited), limited("!=", fmt.Sprintf("%.3f", leastDisk)), limited("==", sum(corev1.ResourceMemory)+" - 1.0")) + `)`

// mostLimited bounds the volumes that are added up, once for each that has a limit.
const mostLimited = 32

// limited is true for a pod whose volumes with a limit, in memory or not, may have more than most.
func limited(inMemory, most string) string {
	volumes := fmt.Sprintf(`object.spec.volumes.filter(v, has(v.emptyDir) && has(v.emptyDir.sizeLimit) && v.emptyDir.?medium.orValue("") %s "Memory")`, inMemory)
	return let("sizes", volumes+`.map(v, `+number("v.emptyDir.sizeLimit")+`)`, `size(sizes) > 0 && (sizes.min() < 0.0 || sizes.sum() > `+most+`)`)
}
