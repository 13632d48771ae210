package fargate

import (
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"fargate-webhook/fargate/fixtures"
)

func TestVolumeType(t *testing.T) {
	checkTold(t, RuleVolumeType, func(p *corev1.Pod) {
		p.Spec.Volumes = []corev1.Volume{
			{Name: "none"},
			{Name: "logs", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/log"}}},
			{Name: "secrets", VolumeSource: corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{Driver: "secrets-store.csi.k8s.io"}}},
		}
	},
		`spec.volumes[1].hostPath: volume "logs" is of type hostPath`,
		`spec.volumes[2].csi: volume "secrets" is an inline csi volume of driver "secrets-store.csi.k8s.io"`,
	)
}

// TestVolumeTypeNames holds the names to those of the API, and sees a type that a new version of it brings.
func TestVolumeTypeNames(t *testing.T) {
	source := reflect.TypeFor[corev1.VolumeSource]()
	for field := range source.Fields() {
		var v corev1.VolumeSource
		reflect.ValueOf(&v).Elem().FieldByIndex(field.Index).Set(reflect.New(field.Type.Elem()))
		want, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if got := volumeType(&v); got != want {
			t.Errorf("%s: got %q, want %q", field.Name, got, want)
		}
	}
}

func TestAllowedVolumes(t *testing.T) {
	host := corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/x"}}
	csi := corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{Driver: "x.example"}}
	for name, c := range map[string]struct {
		source         corev1.VolumeSource
		types, drivers []string
		want           int
	}{
		"type":                  {source: host, types: []string{"hostPath"}},
		"another type":          {source: host, types: []string{"image"}, want: 1},
		"a driver is no type":   {source: host, drivers: []string{"hostPath"}, want: 1},
		"driver":                {source: csi, drivers: []string{"x.example"}},
		"another driver":        {source: csi, drivers: []string{"y.example"}, want: 1},
		"every driver, by type": {source: csi, types: []string{"csi"}},
	} {
		t.Run(name, func(t *testing.T) {
			pod := fixtures.Pod()
			pod.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: c.source}}
			s := subjectOf(pod)
			s.settings.AllowedVolumeTypes, s.settings.AllowedVolumeDrivers = c.types, c.drivers
			if got := told(t, RuleVolumeType, s); len(got) != c.want {
				t.Error(got)
			}
		})
	}
}
