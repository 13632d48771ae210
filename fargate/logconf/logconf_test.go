package logconf

import (
	"strings"
	"testing"
)

// good is configurations in the forms that the user guide shows: each destination, with other
// indents, and with all three keys.
func good() map[string]map[string]string {
	return map[string]map[string]string{
		"CloudWatch": {
			"flb_log_cw": "false",
			"filters.conf": "[FILTER]\n    Name parser\n    Match *\n    Key_name log\n    Parser containers\n" +
				"[FILTER]\n    Name             kubernetes\n    Match            kube.*\n    Merge_Log           On\n    Buffer_Size         0\n    Kube_Meta_Cache_TTL 120s\n",
			"output.conf":  "[OUTPUT]\n    Name cloudwatch_logs\n    Match   kube.*\n    region eu-west-1\n    log_group_name shop\n    log_stream_prefix fargate-\n    auto_create_group true\n",
			"parsers.conf": "[PARSER]\n    Name containers\n    Format Regex\n    Time_Key    time\n    Regex ^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<tag>P|F) (?<log>.*)$\n",
		},
		"OpenSearch":   {"output.conf": "[OUTPUT]\n  Name  es\n  Match *\n  Host  search.example\n  Port  443\n  tls   On\n"},
		"Firehose":     {"output.conf": "[OUTPUT]\n Name  kinesis_firehose\n Match *\n region eu-west-1\n delivery_stream shop\n"},
		"process logs": {"flb_log_cw": "true", "output.conf": "[OUTPUT]\n    Name cloudwatch\n    Match kube.*\n    region eu-west-1\n"},
		"several":      {"output.conf": "# where to\n[OUTPUT]\n\tName\tcloudwatch\n\tMatch\ta.*\n\n[output]\n\tNAME Kinesis\n\tmatch b.*\n"},
	}
}

func TestGoodConfigurations(t *testing.T) {
	for name, data := range good() {
		for _, p := range Check(data) {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestProblems(t *testing.T) {
	const out = "[OUTPUT]\n  Name es\n  Match *\n"
	for name, c := range map[string]struct {
		key, text string
		line      int
		want      string
	}{
		"[SERVICE]":                 {output, "[SERVICE]\n  Flush 1\n" + out, 1, "must have [OUTPUT] sections only, not [SERVICE]: the log router takes filters, outputs and parsers only"},
		"[INPUT]":                   {filters, "[INPUT]\n  Name tail\n", 1, "must have [FILTER] sections only, not [INPUT]: the log router takes filters, outputs and parsers only"},
		"a filter among outputs":    {output, out + "[FILTER]\n  Name grep\n  Match *\n", 4, "must have [OUTPUT] sections only, not [FILTER], whose place is filters.conf"},
		"another output":            {output, "[OUTPUT]\n  Match *\n  Name stdout\n", 3, `Name of [OUTPUT] must be one of es, firehose, kinesis_firehose, cloudwatch, cloudwatch_logs, kinesis, not "stdout"`},
		"another filter":            {filters, "[FILTER]\n  Name lua\n  Match *\n", 2, `Name of [FILTER] must be one of grep, parser, record_modifier, rewrite_tag, throttle, nest, modify, kubernetes, not "lua"`},
		"no Match":                  {output, "[OUTPUT]\n  Name es\n", 1, "[OUTPUT] must have Match"},
		"no Format":                 {parsers, "[PARSER]\n  Name x\n", 1, "[PARSER] must have Format"},
		"a variable":                {output, out + "  region ${AWS_REGION}\n", 4, "must not use environment variables such as ${NAME}"},
		"a setting at the edge":     {output, "[OUTPUT]\nName es\nMatch *\n", 2, `"Name" must be indented more than its section`},
		"settings indented unalike": {output, "[OUTPUT]\n  Name es\n   Match *\n", 3, "all settings must be indented alike, by 2 characters and not by 3"},
		"sections indented unalike": {output, out + " [OUTPUT]\n  Name es\n  Match *\n", 4, "all sections must be indented alike, by 0 characters and not by 1"},
		"a setting of nothing":      {output, "Name es\n" + out, 1, `"Name" must be within a section`},
		"of the kubernetes filter":  {filters, "[FILTER]\n  Name kubernetes\n  Match *\n  Kube_URL https://example\n", 4, "the filter kubernetes must not set kube_url: EKS does"},
		"a section without an end":  {output, "[OUTPUT\n  Name es\n  Match *\n", 1, "a section must end with ]"},
		"no section":                {output, "# nothing\n", 0, "must have a [OUTPUT] section"},
		"nothing":                   {output, "", 0, "must have an [OUTPUT]: without one nothing is logged"},
		"another key":               {"outputs.conf", out, 0, "is not read: the keys are filters.conf, output.conf, parsers.conf, flb_log_cw"},
		"neither true nor false":    {processLogs, "yes", 0, `must be "true" or "false", not "yes"`},
		"too long":                  {output, out + strings.Repeat("#", 5300), 0, "must not have more than 5300 characters, not 5329"},
	} {
		t.Run(name, func(t *testing.T) {
			data := map[string]string{output: out}
			data[c.key] = c.text
			found := Check(data)
			if len(found) == 0 || found[0].Line != c.line || found[0].Text != c.want || found[0].Key != c.key && name != "too long" {
				t.Errorf("got %+v, want %s:%d %s", found, c.key, c.line, c.want)
			}
		})
	}
}

// Whatever the text, the lines are lines of it, and there are not too many problems.
func FuzzCheck(f *testing.F) {
	for _, data := range good() {
		f.Add(data[filters], data[output], data[parsers])
	}
	f.Add("[", "]\n[x]\n\t", "${}\n@SET")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		data := map[string]string{filters: a, output: b, parsers: c}
		for _, p := range Check(data) {
			if p.Line < 0 || p.Line > strings.Count(data[p.Key], "\n")+1 || p.Text == "" {
				t.Errorf("%+v", p)
			}
		}
	})
}
