package evil

import "strings"

// specs are pod specs, for pods and everything with a template.
func specs() map[string]string {
	containers := func(list string) string { return `{"containers":[` + list + `]}` }
	with := func(fields string) string { return `{"containers":[{"name":"web","image":"web"}],` + fields + `}` }
	container := func(fields string) string { return containers(`{"name":"web","image":"web",` + fields + `}`) }
	const hostIP = `{"name":"V%d","valueFrom":{"fieldRef":{"fieldPath":"status.hostIP"}}}`
	expressions := Many(16_000, `{"key":"k%d","operator":"In","values":["v"]}`)
	return map[string]string{
		"8.4 MB of {} containers":             containers(Many(2_790_000, `{}`)),
		"20,000 {} containers":                containers(Many(20_000, `{}`)),
		"10,000 containers":                   containers(Many(10_000, `{"name":"c%d","image":"i"}`)),
		"10,000 sidecars":                     with(`"initContainers":[` + Many(10_000, `{"name":"c%d","image":"i","restartPolicy":"Always"}`) + `]`),
		"6,000 containers with resources":     containers(Many(6_000, `{"name":"c%d","image":"i","resources":{"requests":{"cpu":"1m"},"limits":{"memory":"1Mi"}}}`)),
		"2.7 million {} tolerations":          with(`"tolerations":[` + Many(2_700_000, `{}`) + `]`),
		"80,000 tolerations":                  with(`"tolerations":[` + Many(80_000, `{"key":"k%d"}`) + `]`),
		"2.7 million {} terms":                with(`"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[` + Many(2_700_000, `{}`) + `]}}}`),
		"100,000 terms":                       with(`"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[` + Many(30_000, `{"matchExpressions":[{"key":"k%d","operator":"Exists"}]}`) + `]}}}`),
		"16,000 required expressions":         with(`"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[` + expressions + `]}]}}}`),
		"80,000 required expressions":         with(`"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[` + Many(80_000, `{"key":"k%d","operator":"NotIn","values":["%d"]}`) + `]}]}}}`),
		"16,000 preferred expressions":        with(`"affinity":{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"preference":{"matchExpressions":[` + expressions + `]}}]}}`),
		"16,000 expressions of one key":       with(`"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[` + Many(16_000, `{"key":"k","operator":"NotIn","values":["v%d"]}`) + `]}]}}}`),
		"100,000 values of an expression":     with(`"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"k","operator":"In","values":[` + Many(100_000, `"v%d"`) + `]}]}]}}}`),
		"20,000 pod affinity terms":           with(`"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[` + Many(20_000, `{"topologyKey":"k%d"}`) + `]}}`),
		"700,000 added capabilities":          container(`"securityContext":{"capabilities":{"add":[` + Many(700_000, `"A"`) + `]}}`),
		"199,000 added capabilities":          container(`"securityContext":{"capabilities":{"add":[` + Many(199_000, `"A"`) + `]}}`),
		"190,000 different capabilities":      container(`"securityContext":{"capabilities":{"add":[` + Many(190_000, `"C%d"`) + `]}}`),
		"capabilities of 5,000 containers":    containers(Many(5_000, `{"name":"c%d","image":"i","securityContext":{"privileged":true,"capabilities":{"add":["A","B","C","D"]}}}`)),
		"a request of 1e-2147483647":          container(`"resources":{"requests":{"cpu":"1e-2147483647"}}`),
		"a limit of 1e2147483647":             container(`"resources":{"limits":{"memory":1e2147483647}}`),
		"a sizeLimit of 1e-999999999":         with(`"volumes":[{"name":"v","emptyDir":{"sizeLimit":"1e-999999999"}}]`),
		"requests with the longest exponents": containers(Many(4_000, `{"name":"c%d","resources":{"requests":{"cpu":"1e-100","memory":"1e100","x/a":"9e-99","x/b":"1.1e-98"}}}`)),
		"10,000 extended resources":           container(`"resources":{"requests":{` + Many(10_000, `"x/r%d":"1"`) + `}}`),
		"a quantity of 7 MB":                  container(`"resources":{"requests":{"cpu":"` + strings.Repeat("9", 7_000_000) + `"}}`),
		"80,000 variables":                    container(`"env":[` + Many(80_000, `{"name":"V%d","value":"$(V1)"}`) + `]`),
		"50,000 variables of one name":        container(`"env":[` + Many(50_000, `{"name":"V","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}`) + `]`),
		"20,000 addresses of the node":        container(`"args":["-a=$(V1):80"],"env":[` + Many(20_000, hostIP) + `]`),
		"node addresses × a long argument":    container(`"args":["` + strings.Repeat("$(V1):x ", 90_000) + `"],"env":[` + Many(20_000, hostIP) + `]`),
		"node addresses × 20,000 arguments":   container(`"args":[` + Many(20_000, `"LISTEN $(V%d):80"`) + `],"env":[` + Many(20_000, hostIP) + `]`),
		"node addresses × containers":         containers(Many(6_000, `{"name":"c%d","image":"i","ports":[{"containerPort":%d}],"args":["-a=$(A):80"],"env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"status.hostIP"}}}]}`)),
		"40,000 host ports":                   container(`"ports":[` + Many(40_000, `{"containerPort":80,"hostPort":%d}`) + `]`),
		"20,000 host paths":                   with(`"volumes":[` + Many(20_000, `{"name":"v%d","hostPath":{"path":"/"}}`) + `]`),
		"20,000 claims":                       with(`"volumes":[` + Many(20_000, `{"name":"v%d","persistentVolumeClaim":{"claimName":"c%d"}}`) + `]`),
		"10,000 node labels":                  with(`"nodeSelector":{` + Many(10_000, `"k%d":"v"`) + `}`),
		"50,000 sysctls":                      with(`"securityContext":{"sysctls":[` + Many(50_000, `{"name":"s%d","value":"1"}`) + `]}`),
		"20,000 spread constraints":           with(`"topologySpreadConstraints":[` + Many(20_000, `{"maxSkew":1,"topologyKey":"k%d","whenUnsatisfiable":"DoNotSchedule"}`) + `]`),
		"a scheduler name of 7 MB":            with(`"schedulerName":"` + strings.Repeat("s", 7_000_000) + `"`),
	}
}
