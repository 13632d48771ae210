package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/fixtures"
)

func TestVolumeType(t *testing.T) {
	checkChange(t, VolumeType, func(p *corev1.Pod) {
		p.Spec.Volumes = []corev1.Volume{
			{Name: "none"},
			{Name: "logs", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/log"}}},
			{Name: "secrets", VolumeSource: corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{Driver: "secrets-store.csi.k8s.io"}}},
		}
	}, finds(`volumes "logs" (hostPath), "secrets" (inline csi, driver secrets-store.csi.k8s.io) must be of a type that Fargate mounts`,
		"spec.volumes[1].hostPath", "spec.volumes[2].csi"))
}

// The StatefulSet controller replaces a volume by the claim of a template of the same name.
func TestVolumeThatAClaimTemplateReplaces(t *testing.T) {
	pod := fixtures.Pod()
	pod.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/x"}}}}
	p := onFargate(pod)
	p.Template, p.ClaimTemplates = true, []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}}}
	checkFindings(t, VolumeType, p)
}

func TestAllowedVolumesArePolicy(t *testing.T) {
	host := corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/x"}}
	csi := corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{Driver: "x.example"}}
	for name, c := range map[string]struct {
		source         corev1.VolumeSource
		types, drivers []string
		denied         bool
	}{
		"type":                  {source: host, types: []string{"hostPath"}},
		"another type":          {source: host, types: []string{"image"}, denied: true},
		"a driver is no type":   {source: host, drivers: []string{"hostPath"}, denied: true},
		"driver":                {source: csi, drivers: []string{"x.example"}},
		"another driver":        {source: csi, drivers: []string{"y.example"}, denied: true},
		"every driver, by type": {source: csi, types: []string{"csi"}},
	} {
		t.Run(name, func(t *testing.T) {
			pod := fixtures.Pod()
			pod.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: c.source}}
			p := onFargate(pod)
			p.Settings.AllowedVolumeTypes, p.Settings.AllowedVolumeDrivers = c.types, c.drivers
			var want []*Rule
			if c.denied {
				want = append(want, VolumeType)
			}
			checkRules(t, CheckPod(p, false), want...)
		})
	}
}
