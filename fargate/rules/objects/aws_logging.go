package objects

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"fargate-webhook/fargate/logconf"
	"fargate-webhook/fargate/rules"
	"fargate-webhook/policy"
)

// LogConfig is the ConfigMap aws-observability/aws-logging.
type LogConfig struct{ *corev1.ConfigMap }

// AWSLogging is about the configuration of Fargate's log router, of which EKS refuses or ignores
// what is not as it asks for (F10.1, F10.2), and about the label of its namespace.
var AWSLogging = &rules.Rule{
	ID:       "aws-logging",
	Default:  policy.Warn,
	Severity: rules.Medium,
	Title:    "Fargate's log router doesn't take its configuration, so logs go nowhere",
	What: "The ConfigMap " + logconf.Name + " in the namespace " + logconf.Namespace + ": at most 5300 characters; in filters.conf only [FILTER], in output.conf only [OUTPUT], in " +
		"parsers.conf only [PARSER], with the settings that each needs; filters and outputs that the log router has; no ${VARIABLE}; settings that are indented alike, and more than " +
		"their sections; of the filter kubernetes no setting that is EKS's own; at least one output. And, in a review, the Namespace " + logconf.Namespace + ", which must have the label " +
		logconf.Label + ": " + logconf.Enabled + ". Messages name the line within the key.",
	Why: "EKS configures the log router of each Fargate pod by this ConfigMap when the pod starts. What it doesn't take is refused by EKS's own webhook, or turns logging off: pods run, and their " +
		"logs are lost. Without the label EKS doesn't look at the ConfigMap at all.",
	Fix:        "correct the ConfigMap, and create the pods again: only new pods see a change",
	References: []string{"Amazon EKS user guide, “Start AWS Fargate logging for your cluster”", "https://github.com/awsdocs/amazon-eks-user-guide/issues/452"},
	Facts:      []string{"F10.1", "F10.2"},
	Check:      rules.Check{Object: awsLogging},
}

func awsLogging(object any) []rules.Violation {
	switch o := object.(type) {
	case *LogConfig:
		return logConfig(o.Data)
	case *metav1.ObjectMeta:
		return logNamespace(o)
	}
	return nil
}

func logConfig(data map[string]string) []rules.Violation {
	var found []rules.Violation
	for _, p := range logconf.Check(data) {
		v := rules.Violation{Field: "data[" + p.Key + "]", Problem: fmt.Sprintf("%s %s", p.Key, p.Text), About: p.Text}
		switch {
		case p.Key == "":
			v.Field, v.Problem = "data", "the ConfigMap "+p.Text
		case p.Line > 0:
			v.Problem = fmt.Sprintf("line %d of %s: %s", p.Line, p.Key, p.Text)
		}
		if _, ok := data[p.Key]; !ok {
			v.Field = "data"
		}
		found = rules.Keep(found, v)
	}
	return found
}

// logNamespace is asked by a review only: admission sees no Namespaces.
func logNamespace(meta *metav1.ObjectMeta) []rules.Violation {
	if meta.Name != logconf.Namespace || meta.Labels[logconf.Label] == logconf.Enabled {
		return nil
	}
	return []rules.Violation{{
		Field:   "metadata.labels",
		Problem: fmt.Sprintf("EKS reads the ConfigMap %s only in a namespace with the label %s: %s", logconf.Name, logconf.Label, logconf.Enabled),
		Fix:     fmt.Sprintf("add the label %s: %s, and create the pods again", logconf.Label, logconf.Enabled),
	}}
}
