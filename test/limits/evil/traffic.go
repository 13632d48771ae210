package evil

import (
	"strings"

	"fargate-webhook/kinds"
)

func services() []Object {
	service := func(spec string) string { return `{"metadata":{"name":"web"},"spec":{` + spec + `}}` }
	return []Object{
		{"50,000 ports", kinds.Services, service(`"type":"NodePort","selector":{"a":"b"},"ports":[` + Many(50_000, `{"name":"p%d","port":1,"nodePort":%d}`) + `]`)},
		{"100,000 external addresses", kinds.Services, service(`"externalIPs":[` + Many(100_000, `"10.%d"`) + `]`)},
		{"60,000 selected labels", kinds.Services, service(`"type":"LoadBalancer","selector":{` + Many(60_000, `"k%d":"v"`) + `}`)},
		{"a load balancer class of 7 MB", kinds.Services, service(`"type":"LoadBalancer","loadBalancerClass":"` + strings.Repeat("c", 7_000_000) + `"`)},
		{"annotations of 3 MB", kinds.Services, `{"metadata":{"annotations":{"service.beta.kubernetes.io/aws-load-balancer-type":"` + strings.Repeat("x", 3_000_000) + `"}},"spec":{"type":"LoadBalancer"}}`},
		{"60,000 labels of targets", kinds.TargetGroupConfigurations, `{"spec":{"targetReference":{"name":"web"},"defaultConfiguration":{"targetType":"` + strings.Repeat("x", 3_000_000) + `"},"routeConfigurations":[` + Many(60_000, `{"routeIdentifier":{"namespace":"n%d"}}`) + `]}}`},
	}
}

func ingresses() []Object {
	const path = `{"path":"/%d","backend":{"service":{"name":"s%d","port":{"number":80}}}}`
	return []Object{
		{"40,000 paths", kinds.Ingresses, `{"metadata":{"name":"web","annotations":{"kubernetes.io/ingress.class":"alb"}},"spec":{"rules":[{"http":{"paths":[` + Many(40_000, path) + `]}}]}}`},
		{"20,000 rules", kinds.Ingresses, `{"metadata":{"name":"web","annotations":{"kubernetes.io/ingress.class":"alb"}},"spec":{"rules":[` + Many(20_000, `{"host":"h%d","http":{"paths":[`+path+`]}}`) + `]}}`},
		{"actions of 3 MB", kinds.Ingresses, `{"metadata":{"name":"web","annotations":{"kubernetes.io/ingress.class":"alb","alb.ingress.kubernetes.io/actions.a":"` + strings.Repeat(`[`, 3_000_000) + `"}},"spec":{"rules":[{"http":{"paths":[{"backend":{"service":{"name":"a","port":{"name":"use-annotation"}}}}]}}]}}`},
	}
}

func statefulSets() []Object {
	claims := Many(5_000, `{"metadata":{"name":"v%d"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}`)
	set := func(claims, spec string) string {
		object := WithSpec(kinds.StatefulSets, `{"containers":[{"name":"web","image":"web"`+spec)
		return strings.Replace(object, `"spec":{`, `"spec":{"volumeClaimTemplates":[`+claims+`],`, 1)
	}
	return []Object{
		{"5,000 claims × 20,000 volumes", kinds.StatefulSets, set(claims, `}],"volumes":[`+Many(20_000, `{"name":"v%d","emptyDir":{}}`)+`]}`)},
		{"5,000 claims × 50,000 mounts", kinds.StatefulSets, set(claims, `,"volumeMounts":[`+Many(50_000, `{"name":"v%d","mountPath":"/%d"}`)+`]}]}`)},
		{"2 million {} claims", kinds.StatefulSets, set(Many(2_000_000, `{}`), `}]}`)},
		{"a claim of 1e-2147483647", kinds.StatefulSets, set(`{"spec":{"resources":{"requests":{"storage":"1e-2147483647"}}}}`, `}]}`)},
	}
}
