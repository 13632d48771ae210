//go:build linux

package limits

import (
	"slices"
	"strconv"
	"strings"

	"fargate-webhook/kinds"
)

// evil is a body that costs more than it should, or might.
type evil struct {
	name string
	kind *kinds.Kind
	body func() []byte
}

// many returns elements of a JSON list or object: %d in the text is the number of each.
func many(n int, element string) string {
	parts := strings.Split(element, "%d")
	out := make([]byte, 0, n*(len(element)+8))
	for i := range n {
		if i > 0 {
			out = append(out, ',')
		}
		for at, part := range parts {
			if at > 0 {
				out = strconv.AppendInt(out, int64(i), 10)
			}
			out = append(out, part...)
		}
	}
	return string(out)
}

// of returns the evil body of an object that is created.
func of(name string, kind *kinds.Kind, object string) evil {
	return evil{name, kind, func() []byte {
		return review("CREATE", kind.Resource, kind.Group, kind.Versions[0], kind.Kind, object, "null")
	}}
}

// specOf returns an object of a kind with a pod spec.
func specOf(kind *kinds.Kind, spec string) string {
	path := strings.Split(kind.TemplatePath, ".")
	if kind == kinds.DaemonSets {
		path = []string{"spec", "template"}
	} else if kind.TemplatePath == "" {
		path = nil
	}
	object := `{"metadata":{"name":"web"},"spec":` + spec + `}`
	for _, key := range slices.Backward(path) {
		object = `{"` + key + `":` + object + `}`
	}
	return object
}

// evilSpecs are pod specs, for pods and everything with a template.
func evilSpecs() map[string]string {
	containers := func(list string) string { return `{"containers":[` + list + `]}` }
	with := func(fields string) string { return `{"containers":[{"name":"web","image":"web"}],` + fields + `}` }
	container := func(fields string) string { return containers(`{"name":"web","image":"web",` + fields + `}`) }
	expressions := many(16_000, `{"key":"k%d","operator":"In","values":["v"]}`)
	return map[string]string{
		"8.4 MB of {} containers":             containers(many(2_790_000, `{}`)),
		"20,000 {} containers":                containers(many(20_000, `{}`)),
		"10,000 containers":                   containers(many(10_000, `{"name":"c%d","image":"i"}`)),
		"10,000 sidecars":                     with(`"initContainers":[` + many(10_000, `{"name":"c%d","image":"i","restartPolicy":"Always"}`) + `]`),
		"6,000 containers with resources":     containers(many(6_000, `{"name":"c%d","image":"i","resources":{"requests":{"cpu":"1m"},"limits":{"memory":"1Mi"}}}`)),
		"2.7 million {} tolerations":          with(`"tolerations":[` + many(2_700_000, `{}`) + `]`),
		"80,000 tolerations":                  with(`"tolerations":[` + many(80_000, `{"key":"k%d"}`) + `]`),
		"2.7 million {} terms":                with(`"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[` + many(2_700_000, `{}`) + `]}}}`),
		"100,000 terms":                       with(`"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[` + many(30_000, `{"matchExpressions":[{"key":"k%d","operator":"Exists"}]}`) + `]}}}`),
		"16,000 required expressions":         with(`"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[` + expressions + `]}]}}}`),
		"16,000 preferred expressions":        with(`"affinity":{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"preference":{"matchExpressions":[` + expressions + `]}}]}}`),
		"16,000 expressions of one key":       with(`"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[` + many(16_000, `{"key":"k","operator":"NotIn","values":["v%d"]}`) + `]}]}}}`),
		"100,000 values of an expression":     with(`"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"k","operator":"In","values":[` + many(100_000, `"v%d"`) + `]}]}]}}}`),
		"20,000 pod affinity terms":           with(`"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[` + many(20_000, `{"topologyKey":"k%d"}`) + `]}}`),
		"700,000 added capabilities":          container(`"securityContext":{"capabilities":{"add":[` + many(700_000, `"A"`) + `]}}`),
		"200,000 added capabilities":          container(`"securityContext":{"capabilities":{"add":[` + many(200_000, `"C%d"`) + `]}}`),
		"capabilities of 5,000 containers":    containers(many(5_000, `{"name":"c%d","securityContext":{"privileged":true,"capabilities":{"add":["A","B","C","D"]}}}`)),
		"a request of 1e-2147483647":          container(`"resources":{"requests":{"cpu":"1e-2147483647"}}`),
		"a limit of 1e2147483647":             container(`"resources":{"limits":{"memory":1e2147483647}}`),
		"a sizeLimit of 1e-999999999":         with(`"volumes":[{"name":"v","emptyDir":{"sizeLimit":"1e-999999999"}}]`),
		"requests with the longest exponents": containers(many(4_000, `{"name":"c%d","resources":{"requests":{"cpu":"1e-100","memory":"1e100","x/a":"9e-99","x/b":"1.1e-98"}}}`)),
		"50,000 extended resources":           container(`"resources":{"requests":{` + many(50_000, `"x/r%d":"1"`) + `}}`),
		"a quantity of 7 MB":                  container(`"resources":{"requests":{"cpu":"` + strings.Repeat("9", 7_000_000) + `"}}`),
		"80,000 variables":                    container(`"env":[` + many(80_000, `{"name":"V%d","value":"$(V1)"}`) + `]`),
		"50,000 variables of one name":        container(`"env":[` + many(50_000, `{"name":"V","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}`) + `]`),
		"40,000 host ports":                   container(`"ports":[` + many(40_000, `{"containerPort":80,"hostPort":%d}`) + `]`),
		"20,000 host paths":                   with(`"volumes":[` + many(20_000, `{"name":"v%d","hostPath":{"path":"/"}}`) + `]`),
		"20,000 claims":                       with(`"volumes":[` + many(20_000, `{"name":"v%d","persistentVolumeClaim":{"claimName":"c%d"}}`) + `]`),
		"50,000 node labels":                  with(`"nodeSelector":{` + many(50_000, `"k%d":"v"`) + `}`),
		"50,000 sysctls":                      with(`"securityContext":{"sysctls":[` + many(50_000, `{"name":"s%d","value":"1"}`) + `]}`),
		"20,000 spread constraints":           with(`"topologySpreadConstraints":[` + many(20_000, `{"maxSkew":1,"topologyKey":"k%d","whenUnsatisfiable":"DoNotSchedule"}`) + `]`),
		"a scheduler name of 7 MB":            with(`"schedulerName":"` + strings.Repeat("s", 7_000_000) + `"`),
	}
}

// evilObjects are objects whose metadata is evil, whatever their kind.
func evilObjects() map[string]string {
	metadata := func(fields string) string {
		return `{"metadata":{"name":"web",` + fields + `},"spec":{"type":"NodePort","containers":[{"name":"web","image":"web"}]}}`
	}
	record := func(quantity string) string {
		return metadata(`"annotations":{"fargate-webhook/resources-applied":"{\"admission\":\"a\",\"containers\":{\"web\":{\"requests\":{\"cpu\":\"` + quantity + `\"}}},\"web\":{\"cpu\":\"` + quantity + `\"}}"}`)
	}
	return map[string]string{
		"a record of 1e-2147483647":      record("1e-2147483647"),
		"a record with 1 MB of digits":   record(strings.Repeat("9", 1<<20)),
		"a record of 100,000 containers": metadata(`"annotations":{"fargate-webhook/resources-applied":"{` + many(100_000, `\"c%d\":{\"cpu\":\"1e-99999999\"}`) + `}"}`),
		"a record of 3 MB of brackets":   metadata(`"annotations":{"fargate-webhook/resources-applied":"` + strings.Repeat("[", 3<<20) + `"}`),
		"a creationTimestamp of 7 MB":    metadata(`"creationTimestamp":"` + strings.Repeat("2", 7_000_000) + `"`),
		"60,000 labels":                  metadata(`"labels":{` + many(60_000, `"k%d":"v"`) + `}`),
		"60,000 annotations":             metadata(`"annotations":{` + many(60_000, `"k%d":"v"`) + `}`),
		"60,000 owners":                  metadata(`"ownerReferences":[` + many(60_000, `{"apiVersion":"v1","kind":"K","name":"n%d","uid":"u"}`) + `]`),
		"30,000 managers":                metadata(`"managedFields":[` + many(30_000, `{"manager":"m%d","fieldsV1":{"f:spec":{}}}`) + `]`),
		"managed fields 10,000 deep":     metadata(`"managedFields":[{"fieldsV1":` + strings.Repeat(`{"f:a":`, 10_000) + "{}" + strings.Repeat("}", 10_000) + `}]`),
		"a name of 7 MB":                 strings.Replace(metadata(`"generateName":"g"`), `"web"`, `"`+strings.Repeat("n", 7_000_000)+`"`, 1),
		"7 MB of invalid UTF-8":          metadata(`"annotations":{"a":"` + strings.Repeat("\xff", 7_000_000) + `"}`),
		"7 MB of escapes":                metadata(`"annotations":{"a":"` + strings.Repeat(`\u0000`, 1_150_000) + `"}`),
		"7 MB of unknown keys":           `{` + many(500_000, `"key%d":0`) + `}`,
		"one key 700,000 times":          `{` + many(700_000, `"spec":{}`) + `}`,
		"one label 500,000 times":        metadata(`"labels":{` + many(500_000, `"a":"%d"`) + `}`),
		"nested 1 million levels":        `{"x":` + strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000) + `}`,
		"objects nested 9,000 levels":    `{"spec":` + strings.Repeat(`{"spec":`, 9_000) + "1" + strings.Repeat("}", 9_001),
		"a number of 7 MB":               `{"spec":{"replicas":` + strings.Repeat("1", 7_000_000) + `}}`,
		"a number of 1e999999999":        `{"spec":{"replicas":1e999999999,"hostNetwork":1e-999999999}}`,
	}
}
