package rules

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// fromHostIP returns a variable with the address of the node.
func fromHostIP(name string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.hostIP"}}}
}

func TestHostIPAgent(t *testing.T) {
	problem := func(name string) []Finding {
		return []Finding{finds(`container "app" (`+name+`) must not look for an agent at status.hostIP: on Fargate that is the address of the pod itself, and no agent runs on the node`,
			"spec.containers[0].env[0].valueFrom.fieldRef.fieldPath")}
	}
	endpoint := func(value string) []corev1.EnvVar {
		return []corev1.EnvVar{fromHostIP("HOST_IP"), {Name: "ENDPOINT", Value: value}}
	}
	for name, c := range map[string]struct {
		env   []corev1.EnvVar
		args  []string
		other corev1.Container
		first corev1.Container
		want  []Finding
	}{
		"named so":                      {env: []corev1.EnvVar{fromHostIP("DD_AGENT_HOST")}, want: problem("DD_AGENT_HOST")},
		"part of an endpoint":           {env: endpoint("http://$(HOST_IP):4317"), want: problem("HOST_IP")},
		"part of an argument":           {env: []corev1.EnvVar{fromHostIP("HOST_IP")}, args: []string{"--zipkin=$(HOST_IP):9411"}, want: problem("HOST_IP")},
		"with another container":        {env: endpoint("http://$(HOST_IP):4317"), other: corev1.Container{Name: "b", Image: "b"}, want: problem("HOST_IP")},
		"of the OpenTelemetry operator": {env: []corev1.EnvVar{fromHostIP("OTEL_NODE_IP"), {Name: "OTEL_EXPORTER_OTLP_ENDPOINT", Value: "http://gateway.observability:4317"}}},
		"used so":                       {env: []corev1.EnvVar{fromHostIP("OTEL_NODE_IP"), {Name: "OTEL_EXPORTER_OTLP_ENDPOINT", Value: "http://$(OTEL_NODE_IP):4317"}}, want: problem("OTEL_NODE_IP")},
		"for a shell":                   {env: []corev1.EnvVar{fromHostIP("HOST_IP")}, args: []string{"exec app -t ${HOST_IP}:8126"}, want: problem("HOST_IP")},
		"not for the kubelet":           {env: endpoint("http://$HOST_IP:4317")},
		"a server is no listener":       {env: []corev1.EnvVar{fromHostIP("HOST_IP")}, args: []string{"--statsd-server=$(HOST_IP):8125"}, want: problem("HOST_IP")},
		"to serve":                      {env: []corev1.EnvVar{fromHostIP("HOST_IP")}, args: []string{"--serve=$(HOST_IP):8125"}},
		"a name that ends in agent":     {env: []corev1.EnvVar{fromHostIP("DD_AGENT_HOST")}, other: corev1.Container{Name: "useragent-parser", Image: "b"}, want: problem("DD_AGENT_HOST")},
		"an init container":             {env: []corev1.EnvVar{fromHostIP("DD_AGENT_HOST")}, first: corev1.Container{Name: "datadog-lib-java-init", Image: "b"}, want: problem("DD_AGENT_HOST")},
		"a native sidecar":              {env: []corev1.EnvVar{fromHostIP("DD_AGENT_HOST")}, first: corev1.Container{Name: "datadog-agent", Image: "b", RestartPolicy: new(corev1.ContainerRestartPolicyAlways)}},
		"only the address":              {env: endpoint("$(HOST_IP)")},
		"another variable":              {env: endpoint("http://$(OTHER):4317")},
		"to listen":                     {env: []corev1.EnvVar{fromHostIP("HOST_IP")}, args: []string{"--listen-address=$(HOST_IP):9100"}},
		"to be advertised":              {env: []corev1.EnvVar{fromHostIP("HOST_IP"), {Name: "ADVERTISED_LISTENERS", Value: "PLAINTEXT://$(HOST_IP):9092"}}},
		"the pod's own address":         {env: []corev1.EnvVar{{Name: "AGENT", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}}}},
		"an agent as a sidecar":         {env: []corev1.EnvVar{fromHostIP("DD_AGENT_HOST")}, other: corev1.Container{Name: "b", Image: "public.ecr.aws/datadog/agent:7"}},
		"a sidecar with its port":       {env: endpoint("http://$(HOST_IP):4317"), other: corev1.Container{Name: "b", Image: "b", Ports: []corev1.ContainerPort{{ContainerPort: 4317}}}},
		"a sidecar, another's port":     {env: endpoint("http://$(HOST_IP):4317"), other: corev1.Container{Name: "b", Image: "b", Ports: []corev1.ContainerPort{{ContainerPort: 4318}}}, want: problem("HOST_IP")},
	} {
		t.Run(name, func(t *testing.T) {
			checkChange(t, HostIPAgent, func(p *corev1.Pod) {
				p.Spec.Containers[0].Env, p.Spec.Containers[0].Args = c.env, c.args
				if c.first.Name != "" {
					p.Spec.InitContainers = append(p.Spec.InitContainers, c.first)
				}
				if c.other.Name != "" {
					p.Spec.Containers = append(p.Spec.Containers, c.other)
				}
			}, c.want...)
		})
	}
}
