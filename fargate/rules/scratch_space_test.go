package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestScratchSpace(t *testing.T) {
	const field = "spec.volumes[0].emptyDir.sizeLimit"
	onDisk := func(limit, provided, requested string) Finding {
		return finds(`volume "scratch" (sizeLimit `+limit+`) may grow beyond the pod's disk: Fargate provides `+provided+
			` for the ephemeral-storage that the pod requests (`+requested+`), and the image and Kubernetes take a part of it`, field)
	}
	for name, c := range map[string]struct {
		limit, more, request string
		medium               corev1.StorageMedium
		want                 []Finding
	}{
		"no limit":            {},
		"small":               {limit: "15Gi"},
		"too large":           {limit: "16Gi", want: []Finding{onDisk("16Gi", "20Gi", "0")}},
		"requested":           {limit: "100Gi", request: "100Gi"},
		"too little":          {limit: "120Gi", request: "100Gi", want: []Finding{onDisk("120Gi", "115Gi", "100Gi")}},
		"a small request":     {limit: "15Gi", request: "1Gi"},
		"absurd":              {limit: "1e18", want: []Finding{onDisk("1e18", "20Gi", "0")}},
		"in memory":           {limit: "256Mi", medium: corev1.StorageMediumMemory},
		"in too little":       {limit: "1Gi", medium: corev1.StorageMediumMemory, want: []Finding{finds(`volume "scratch" (sizeLimit 1Gi) may grow beyond the pod's memory: Fargate provisions 0.25 vCPU / 512Mi for what the pod requests`, field)}},
		"too large together":  {limit: "12Gi", more: "12Gi", want: []Finding{finds("2 emptyDir volumes with a sizeLimit of 24Gi together may grow beyond the pod's disk: Fargate provides 20Gi for the ephemeral-storage that the pod requests (0), and the image and Kubernetes take a part of it", "spec.volumes")}},
		"small together":      {limit: "7Gi", more: "7Gi"},
		"in memory together":  {limit: "200Mi", more: "200Mi", medium: corev1.StorageMediumMemory, want: []Finding{finds("2 emptyDir volumes with a sizeLimit of 400Mi together may grow beyond the pod's memory: Fargate provisions 0.25 vCPU / 512Mi for what the pod requests", "spec.volumes")}},
		"huge pages":          {limit: "100Gi", medium: corev1.StorageMediumHugePages},
		"without a limit too": {medium: corev1.StorageMediumMemory},
	} {
		t.Run(name, func(t *testing.T) {
			checkChange(t, ScratchSpace, func(p *corev1.Pod) {
				source := &corev1.EmptyDirVolumeSource{Medium: c.medium}
				if c.limit != "" {
					source.SizeLimit = new(resource.MustParse(c.limit))
				}
				p.Spec.Volumes = []corev1.Volume{{Name: "scratch", VolumeSource: corev1.VolumeSource{EmptyDir: source}}}
				if c.more != "" {
					p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: "more", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: c.medium, SizeLimit: new(resource.MustParse(c.more))}}})
				}
				if c.request != "" {
					p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse(c.request)}
				}
			}, c.want...)
		})
	}
}
