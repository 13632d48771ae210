package traffic

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	"pgregory.net/rapid"

	"fargate-webhook/fargate/fargatetest"
	"fargate-webhook/fargate/placement"
)

// A pod joins the objects that select it with the added labels and not without, and leaves those
// that select it without and not with them. Of ReplicaSets and ReplicationControllers only the
// first count: they adopt the pod.
func TestLawLabelChangeIsTheDifference(t *testing.T) {
	keys, values := []string{"a", "b", "c", placement.ProfileLabel}, []string{"1", "2", "p", "q"}
	label := func(keys ...string) *rapid.Generator[map[string]string] {
		return rapid.MapOfN(rapid.SampledFrom(keys), rapid.SampledFrom([]string{"1", "2"}), 0, 2)
	}
	rapid.Check(t, func(t *rapid.T) {
		have, added := label("a", "b", "c").Draw(t, "pod"), label("a", "b", "c").Draw(t, "added")
		for key := range have {
			delete(added, key) // labels that the pod has are never changed
		}
		reader := fargatetest.Selecting("apps", keys, values).Draw(t, "cluster")
		place := placement.Placement{Fargate: true, Profile: rapid.SampledFrom([]string{"p", "q"}).Draw(t, "profile"), Labels: added}
		change := NewLabelChange(have, place)
		change.FindAdopters(reader, "apps")
		change.FindJoins(reader, "apps")
		got := map[string][]string{}
		for what, list := range map[string][]Selector{"joined": change.Joined, "left": change.Left, "adopters": change.Adopters} {
			for _, s := range list {
				got[what] = append(got[what], s.Name)
			}
		}
		want := map[string][]string{}
		after := map[string]string{placement.ProfileLabel: place.Profile}
		maps.Copy(after, have)
		maps.Copy(after, added)
		for _, object := range reader.Objects {
			switch object.(type) {
			case *appsv1.StatefulSet, *appsv1.DaemonSet, *batchv1.Job:
				continue // FindAll looks at these too
			}
			was, is := fargatetest.Matches(object, have), fargatetest.Matches(object, after)
			switch {
			case is && !was && fargatetest.IsAdopter(object):
				want["adopters"] = append(want["adopters"], object.GetName())
			case is && !was:
				want["joined"] = append(want["joined"], object.GetName())
			case was && !is && !fargatetest.IsAdopter(object):
				want["left"] = append(want["left"], object.GetName())
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
			t.Errorf("labels %v, then %v (-want +got):\n%s", have, after, diff)
		}
	})
}
