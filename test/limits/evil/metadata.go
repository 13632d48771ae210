package evil

import "strings"

// metadata are objects whose metadata is evil, whatever their kind.
func metadata() map[string]string {
	with := func(fields string) string {
		return `{"metadata":{"name":"web",` + fields + `},"spec":{"type":"NodePort","containers":[{"name":"web","image":"web"}]}}`
	}
	record := func(quantity string) string {
		return with(`"annotations":{"fargate-webhook/resources-applied":"{\"admission\":\"a\",\"containers\":{\"web\":{\"requests\":{\"cpu\":\"` + quantity + `\"}}},\"web\":{\"cpu\":\"` + quantity + `\"}}"}`)
	}
	return map[string]string{
		"a record of 1e-2147483647":      record("1e-2147483647"),
		"a record with 1 MB of digits":   record(strings.Repeat("9", 1<<20)),
		"a record of 100,000 containers": with(`"annotations":{"fargate-webhook/resources-applied":"{` + Many(100_000, `\"c%d\":{\"cpu\":\"1e-99999999\"}`) + `}"}`),
		"a record of 3 MB of brackets":   with(`"annotations":{"fargate-webhook/resources-applied":"` + strings.Repeat("[", 3<<20) + `"}`),
		"a creationTimestamp of 7 MB":    with(`"creationTimestamp":"` + strings.Repeat("2", 7_000_000) + `"`),
		"60,000 labels":                  with(`"labels":{` + Many(60_000, `"k%d":"v"`) + `}`),
		"60,000 labels of selectors":     with(`"labels":{` + Many(60_000, `"run-%d":"a-fargat"`) + `}`),
		"a label of 3 MB":                with(`"labels":{"run":"` + strings.Repeat("-fargat", 420_000) + `"}`),
		"60,000 annotations":             with(`"annotations":{` + Many(60_000, `"k%d":"v"`) + `}`),
		"60,000 owners":                  with(`"ownerReferences":[` + Many(60_000, `{"apiVersion":"v1","kind":"K","name":"n%d","uid":"u"}`) + `]`),
		"an owner of 3 MB of dashes":     with(`"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"` + strings.Repeat("-", 3<<20) + `","uid":"u","controller":true}]`),
		"30,000 managers":                with(`"managedFields":[` + Many(30_000, `{"manager":"m%d","fieldsV1":{"f:spec":{}}}`) + `]`),
		"managed fields 10,000 deep":     with(`"managedFields":[{"fieldsV1":` + strings.Repeat(`{"f:a":`, 10_000) + "{}" + strings.Repeat("}", 10_000) + `}]`),
		"a name of 7 MB":                 strings.Replace(with(`"generateName":"g"`), `"web"`, `"`+strings.Repeat("n", 7_000_000)+`"`, 1),
		"7 MB of invalid UTF-8":          with(`"annotations":{"a":"` + strings.Repeat("\xff", 7_000_000) + `"}`),
		"7 MB of escapes":                with(`"annotations":{"a":"` + strings.Repeat(`\u0000`, 1_150_000) + `"}`),
		"7 MB of unknown keys":           `{` + Many(500_000, `"key%d":0`) + `}`,
		"one key 700,000 times":          `{` + Many(700_000, `"spec":{}`) + `}`,
		"one label 500,000 times":        with(`"labels":{` + Many(500_000, `"a":"%d"`) + `}`),
		"nested 1 million levels":        `{"x":` + strings.Repeat("[", 1_000_000) + strings.Repeat("]", 1_000_000) + `}`,
		"objects nested 9,000 levels":    `{"spec":` + strings.Repeat(`{"spec":`, 9_000) + "1" + strings.Repeat("}", 9_001),
		"a number of 7 MB":               `{"spec":{"replicas":` + strings.Repeat("1", 7_000_000) + `}}`,
		"a number of 1e999999999":        `{"spec":{"replicas":1e999999999,"hostNetwork":1e-999999999}}`,
	}
}
