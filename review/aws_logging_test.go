package review_test

import (
	"slices"
	"testing"

	"fargate-webhook/review"
)

// Of all ConfigMaps that of the log router is judged, and of all Namespaces its own, each problem at
// its line.
func TestAWSLogging(t *testing.T) {
	const (
		namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: aws-observability}\n---\n"
		config    = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-logging\n  namespace: aws-observability\ndata:\n  output.conf: |\n    [OUTPUT]\n      Name stdout\n      Match *\n---\n"
		other     = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: aws-observability}\ndata: {output.conf: '[INPUT]'}\n---\n"
		elsewhere = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-logging, namespace: apps}\ndata: {output.conf: '[INPUT]'}\n---\n"
	)
	items, problems := newReviewer(t).File("in.yaml", []byte(namespace+config+other+elsewhere))
	if len(problems) > 0 || len(items) != 4 {
		t.Fatal(items, problems)
	}
	type found struct {
		field, message string
		line           int
	}
	for i, want := range [][]found{
		{{"metadata.labels", "EKS reads the ConfigMap aws-logging only in a namespace with the label aws-observability: enabled", 3}},
		{{"data[output.conf]", `line 2 of output.conf: Name of [OUTPUT] must be one of es, firehose, kinesis_firehose, cloudwatch, cloudwatch_logs, kinesis, not "stdout"`, 11}},
		nil, nil,
	} {
		var got []found
		for _, f := range items[i].Findings {
			got = append(got, found{f.Field, f.Message, f.Line})
		}
		if !slices.Equal(got, want) || (items[i].Result == review.ResultSkip) != (want == nil) {
			t.Errorf("%s %s is %s: %+v, want %+v", items[i].Kind, items[i].Name, items[i].Result, got, want)
		}
	}
}
