//go:build linux

package limits

import (
	"maps"
	"slices"
	"strings"

	"fargate-webhook/kinds"
)

// evilBodies returns all evil bodies: pod specs for pods and, in turn, for one of the kinds with a
// template; metadata for pods and, in turn, for each other kind; and what only some kinds have.
// Unless everything is asked for, each spec and metadata is for one of them only.
func evilBodies(everything bool) []evil {
	var all []evil
	templates := []*kinds.Kind{kinds.Deployments, kinds.StatefulSets, kinds.CronJobs, kinds.DaemonSets, kinds.Jobs, kinds.ReplicaSets, kinds.ReplicationControllers}
	specs := evilSpecs()
	for i, name := range slices.Sorted(maps.Keys(specs)) {
		if everything || i%3 > 0 {
			all = append(all, of(name, kinds.Pods, specOf(kinds.Pods, specs[name])))
		}
		if template := templates[i%len(templates)]; everything || i%3 == 0 {
			all = append(all, of(name, template, specOf(template, specs[name])))
		}
	}
	objects := evilObjects()
	for i, name := range slices.Sorted(maps.Keys(objects)) {
		if everything || i%3 > 0 {
			all = append(all, of(name, kinds.Pods, objects[name]))
		}
		if everything || i%3 == 0 {
			all = append(all, of(name, kinds.Table[1+i%(len(kinds.Table)-1)], objects[name]))
		}
	}
	return slices.Concat(all, evilServices(), evilIngresses(), evilStatefulSets(), evilReviews())
}

func evilServices() []evil {
	service := func(spec string) string { return `{"metadata":{"name":"web"},"spec":{` + spec + `}}` }
	return []evil{
		of("50,000 ports", kinds.Services, service(`"type":"NodePort","selector":{"a":"b"},"ports":[`+many(50_000, `{"name":"p%d","port":1,"nodePort":%d}`)+`]`)),
		of("100,000 external addresses", kinds.Services, service(`"externalIPs":[`+many(100_000, `"10.%d"`)+`]`)),
		of("60,000 selected labels", kinds.Services, service(`"type":"LoadBalancer","selector":{`+many(60_000, `"k%d":"v"`)+`}`)),
		of("a load balancer class of 7 MB", kinds.Services, service(`"type":"LoadBalancer","loadBalancerClass":"`+strings.Repeat("c", 7_000_000)+`"`)),
		of("annotations of 3 MB", kinds.Services, `{"metadata":{"annotations":{"service.beta.kubernetes.io/aws-load-balancer-type":"`+strings.Repeat("x", 3_000_000)+`"}},"spec":{"type":"LoadBalancer"}}`),
		of("60,000 labels of targets", kinds.TargetGroupConfigurations, `{"spec":{"targetReference":{"name":"web"},"defaultConfiguration":{"targetType":"`+strings.Repeat("x", 3_000_000)+`"},"routeConfigurations":[`+many(60_000, `{"routeIdentifier":{"namespace":"n%d"}}`)+`]}}`),
	}
}

func evilIngresses() []evil {
	const path = `{"path":"/%d","backend":{"service":{"name":"s%d","port":{"number":80}}}}`
	return []evil{
		of("40,000 paths", kinds.Ingresses, `{"metadata":{"name":"web","annotations":{"kubernetes.io/ingress.class":"alb"}},"spec":{"rules":[{"http":{"paths":[`+many(40_000, path)+`]}}]}}`),
		of("20,000 rules", kinds.Ingresses, `{"metadata":{"name":"web","annotations":{"kubernetes.io/ingress.class":"alb"}},"spec":{"rules":[`+many(20_000, `{"host":"h%d","http":{"paths":[`+path+`]}}`)+`]}}`),
		of("actions of 3 MB", kinds.Ingresses, `{"metadata":{"name":"web","annotations":{"kubernetes.io/ingress.class":"alb","alb.ingress.kubernetes.io/actions.a":"`+strings.Repeat(`[`, 3_000_000)+`"}},"spec":{"rules":[{"http":{"paths":[{"backend":{"service":{"name":"a","port":{"name":"use-annotation"}}}}]}}]}}`),
	}
}

func evilStatefulSets() []evil {
	claims := `"volumeClaimTemplates":[` + many(5_000, `{"metadata":{"name":"v%d"},"spec":{"resources":{"requests":{"storage":"1Gi"}}}}`) + `]`
	set := func(fields string) string {
		return `{"metadata":{"name":"web"},"spec":{` + fields + `}}`
	}
	return []evil{
		of("5,000 claims × 20,000 volumes", kinds.StatefulSets, set(claims+`,"template":{"spec":{"containers":[{"name":"web"}],"volumes":[`+many(20_000, `{"name":"v%d","emptyDir":{}}`)+`]}}`)),
		of("5,000 claims × 5,000 mounts", kinds.StatefulSets, set(claims+`,"template":{"spec":{"containers":[{"name":"web","volumeMounts":[`+many(50_000, `{"name":"v%d","mountPath":"/%d"}`)+`]}]}}`)),
		of("2 million {} claims", kinds.StatefulSets, set(`"volumeClaimTemplates":[`+many(2_000_000, `{}`)+`]`)),
		of("a claim of 1e-2147483647", kinds.StatefulSets, set(`"volumeClaimTemplates":[{"spec":{"resources":{"requests":{"storage":"1e-2147483647"}}}}]`)),
	}
}

// evilReviews are evil outside the object.
func evilReviews() []evil {
	pods := func(name string, parts ...string) evil {
		return evil{name, kinds.Pods, func() []byte { return []byte(strings.NewReplacer(parts...).Replace(string(good()))) }}
	}
	bad := review("CREATE", "pods", "", "v1", "Pod", `{"metadata":{"name":"web"},"spec":{"hostNetwork":true,"containers":[{"name":"web"}]}}`, "null")
	denied := func(name string, parts ...string) evil {
		return evil{name, kinds.Pods, func() []byte { return []byte(strings.NewReplacer(parts...).Replace(string(bad))) }}
	}
	update := func(name, object, old string) evil {
		return evil{name, kinds.Pods, func() []byte { return review("UPDATE", "pods", "", "v1", "Pod", object, old) }}
	}
	big := `{"metadata":{"name":"web","annotations":{"a":"` + strings.Repeat("x", 3_900_000) + `"}},"spec":{"containers":[{"name":"web","image":"web"}]}}`
	caps := `{"metadata":{"name":"web"},"spec":{"containers":[{"name":"web","securityContext":{"capabilities":{"add":[` + many(80_000, `"C%d"`) + `]}}}]}}`
	return []evil{
		denied("a user of 7 MB", `"kim"`, `"`+strings.Repeat("k", 7_000_000)+`"`),
		denied("100,000 groups", `"kim"`, `"kim","groups":[`+many(100_000, `"g%d"`)+`]`),
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
		update("an update with two objects of 4 MB", big, big),
		update("an update of 80,000 capabilities", caps, caps),
		update("an update to 80,000 capabilities", caps, `{"metadata":{"name":"web"},"spec":{"containers":[{"name":"web","image":"web"}]}}`),
	}
}
