package prefilter

import (
	"math/rand/v2"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"fargate-webhook/fargate/placement"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/sizing"
)

// anyPod changes pods at random: any field of the API that a webhook may set.
type anyPod struct{ *rand.Rand }

// texts are the values that conditions and rules compare texts with, and others.
var texts = []string{
	"", "a", "app", "Localhost", "RuntimeDefault", "status.hostIP", "status.podIP", "linux", "windows", "amd64", "arm64", "Always", "Never", "OnFailure", "Memory", "kubernetes.io/os",
	"kubernetes.io/arch", corev1.LabelHostname, corev1.LabelTopologyZone, placement.ProfileLabel, placement.ComputeTypeKey, "ec2", "EC2", "fargate", placement.Scheduler, "default-scheduler",
	placement.PriorityClass, "mine", "system-x", "NET_ADMIN", "CHOWN", "SYS_PTRACE", "net.core.somaxconn", "net.ipv4.tcp_syncookies", "net/ipv4/tcp_syncookies", "Workflow", "Job", "ReplicaSet",
	"argoproj.io/v1alpha1", "batch/v1", rules.PodIdentityAudience, "sts.amazonaws.com", rules.CredentialsURI, "http://169.254.170.23/v1", "DD_AGENT_HOST", "http://$(HOST):4317", "HOST",
	sizing.ResourcesAnnotation, "Fit", "Of", sizing.RecordAnnotation, "Fit! app=,/:1,", "container.apparmor.security.beta.kubernetes.io/app", "localhost/x", "Gt", "In", "cpu",
	"memory", "ephemeral-storage", "nvidia.com/gpu", "hugepages-2Mi", "efs.csi.aws.com", "\xff", strings.Repeat("x", 300), "helm.sh/hook", "helm.sh/hook-delete-policy", "hook-succeeded",
}

var quantities = []string{
	"0", "1n", "1u", "1m", "100m", "250m", "333m", "250.0005m", "1", "3.999", "4", "15.9", "16", "20", "-1", "1e3", "9E", "0.0005", "0.1Mi", "64Mi", "256Mi", "1Gi", "1.5Gi", "4Gi", "15Gi", "16Gi",
	"119Gi", "120Gi", "150Gi", "154Gi", "155Gi", "200Gi",
}

func pick[T any](r anyPod, list []T) T { return list[r.IntN(len(list))] }

// fill sets every field below v with a probability.
func (r anyPod) fill(v reflect.Value, probability float64, depth int) {
	if depth > 12 {
		return
	}
	if r.leaf(v) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for field, value := range v.Fields() {
			if field.IsExported() && (r.Float64() < probability || value.Kind() == reflect.Struct) {
				r.fill(value, probability, depth+1)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.fill(v.Elem(), probability, depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 0, 2))
		for range r.IntN(3) {
			r.grow(v, probability, depth)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(3) {
			r.entry(v)
		}
	default: // the API has no other kinds
	}
}

// leaf sets a value that has no fields to choose from.
func (r anyPod) leaf(v reflect.Value) bool {
	switch o := v.Addr().Interface().(type) {
	case *resource.Quantity:
		*o = resource.MustParse(pick(r, quantities))
		return true
	case *metav1.Time:
		*o = metav1.Now()
		return true
	case *intstr.IntOrString:
		*o = intstr.FromInt32(80)
		return true
	case *metav1.FieldsV1:
		return true
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(pick(r, texts))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int32, reflect.Int64:
		v.SetInt(pick(r, []int64{0, 1, 80, 10250, -1}))
	case reflect.Uint8, reflect.Interface:
	default:
		return false
	}
	return true
}

func (r anyPod) grow(v reflect.Value, probability float64, depth int) {
	item := reflect.New(v.Type().Elem()).Elem()
	r.fill(item, probability, depth+1)
	v.Set(reflect.Append(v, item))
}

func (r anyPod) entry(v reflect.Value) {
	key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
	r.fill(key, 1, 0)
	r.fill(value, 1, 0)
	v.SetMapIndex(key, value)
}

// change changes one field somewhere below v.
func (r anyPod) change(v reflect.Value) {
	if r.leaf(v) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if fields := v.NumField(); fields > 0 {
			if field := v.Field(r.IntN(fields)); field.CanSet() {
				r.change(field)
			}
		}
	case reflect.Pointer:
		switch {
		case v.IsNil():
			v.Set(reflect.New(v.Type().Elem()))
		case r.IntN(10) == 0:
			v.SetZero()
			return
		}
		r.change(v.Elem())
	case reflect.Slice:
		if v.Len() == 0 || r.IntN(3) == 0 {
			r.grow(v, 0.1, 6)
		}
		r.change(v.Index(r.IntN(v.Len())))
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		r.entry(v)
	default: // the API has no other kinds
	}
}
