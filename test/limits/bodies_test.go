//go:build linux

package limits

import (
	"strings"

	"fargate-webhook/kinds"
	"fargate-webhook/test/limits/evil"
)

// evilBody is a body that costs more than it should, or might.
type evilBody struct {
	name string
	kind *kinds.Kind
	body func() []byte
}

// evilBodies returns the reviews of evil objects that are created, and reviews that are evil by
// themselves.
func evilBodies(everything bool) []evilBody {
	var all []evilBody
	for _, o := range evil.Objects(everything) {
		k := o.Kind
		all = append(all, evilBody{o.Name, k, func() []byte {
			return review("CREATE", k.Resource, k.Group, k.Versions[0], k.Kind, o.JSON, "null")
		}})
	}
	return append(all, evilReviews()...)
}

// evilReviews are evil outside the object.
func evilReviews() []evilBody {
	pods := func(name string, parts ...string) evilBody {
		return evilBody{name, kinds.Pods, func() []byte { return []byte(strings.NewReplacer(parts...).Replace(string(good()))) }}
	}
	bad := review("CREATE", "pods", "", "v1", "Pod", `{"metadata":{"name":"web"},"spec":{"hostNetwork":true,"containers":[{"name":"web"}]}}`, "null")
	denied := func(name string, parts ...string) evilBody {
		return evilBody{name, kinds.Pods, func() []byte { return []byte(strings.NewReplacer(parts...).Replace(string(bad))) }}
	}
	update := func(name, object, old string) evilBody {
		return evilBody{name, kinds.Pods, func() []byte { return review("UPDATE", "pods", "", "v1", "Pod", object, old) }}
	}
	record := func(k *kinds.Kind, spec string) evilBody {
		object := `{"metadata":{"name":"web","annotations":{"fargate-webhook/added":"` + evil.Many(400_000, "%d") + `"}},"spec":` + spec + `}`
		return evilBody{"an update with 400,000 recorded keys", k, func() []byte {
			return review("UPDATE", k.Resource, k.Group, k.Versions[0], k.Kind, object, object)
		}}
	}
	big := `{"metadata":{"name":"web","annotations":{"a":"` + strings.Repeat("x", 3_900_000) + `"}},"spec":{"containers":[{"name":"web","image":"web"}]}}`
	caps := `{"metadata":{"name":"web"},"spec":{"containers":[{"name":"web","securityContext":{"capabilities":{"add":[` + evil.Many(80_000, `"C%d"`) + `]}}}]}}`
	same := strings.Replace(caps, evil.Many(80_000, `"C%d"`), evil.Many(99_000, `"A"`), 1)
	return []evilBody{
		denied("a user of 7 MB", `"kim"`, `"`+strings.Repeat("k", 7_000_000)+`"`),
		denied("100,000 groups", `"kim"`, `"kim","groups":[`+evil.Many(100_000, `"g%d"`)+`]`),
		denied("a namespace of 7 MB", `"namespace":"apps"`, `"namespace":"`+strings.Repeat("n", 7_000_000)+`"`),
		denied("a name in the review of 7 MB", `"name":"web","namespace"`, `"name":"`+strings.Repeat("n", 7_000_000)+`","namespace"`),
		pods("a uid of 7 MB", `"u1"`, `"`+strings.Repeat("u", 7_000_000)+`"`),
		pods("a kind of 7 MB", `"kind":"Pod"`, `"kind":"`+strings.Repeat("P", 7_000_000)+`"`),
		pods("an operation of 7 MB", `"CREATE"`, `"`+strings.Repeat("C", 7_000_000)+`"`),
		pods("an apiVersion of 7 MB", "admission.k8s.io/v1", strings.Repeat("v", 7_000_000)),
		pods("8 MB of blanks", "{", "{"+strings.Repeat(" ", 800_000)),
		pods("a request twice", `"request":{`, `"request":null,"request":{`),
		pods("JSON that ends early", `,"oldObject":null}}`, strings.Repeat(" ", 7_000_000)),
		pods("more than 8 MiB", `"web"`, `"`+strings.Repeat("w", 9_000_000)+`"`),
		record(kinds.Services, `{"type":"LoadBalancer","selector":{"a":"b"},"ports":[{"port":80}]}`),
		record(kinds.Ingresses, `{"ingressClassName":"alb"}`),
		record(kinds.TargetGroupConfigurations, `{"targetReference":{"name":"web"}}`),
		record(kinds.DaemonSets, `{"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"web"}]}}}`),
		update("an update with two objects of 4 MB", big, big),
		update("an update of 80,000 capabilities", caps, caps),
		update("an update of 99,000 capabilities", same, same),
		update("an update to 80,000 capabilities", caps, `{"metadata":{"name":"web"},"spec":{"containers":[{"name":"web","image":"web"}]}}`),
	}
}
