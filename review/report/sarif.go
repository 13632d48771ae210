package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"fargate-webhook/fargate/rules"
	"fargate-webhook/fargate/rules/catalog"
	"fargate-webhook/internal/text"
	"fargate-webhook/migration"
	"fargate-webhook/policy"
	"fargate-webhook/review"
)

// The parts of SARIF 2.1.0 that are written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string      `json:"id"`
		Short   sarifText   `json:"shortDescription"`
		Full    sarifText   `json:"fullDescription"`
		Help    sarifText   `json:"help"`
		Default sarifConfig `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
)

// writeSARIF writes the findings as SARIF 2.1.0, with all rules.
func writeSARIF(w io.Writer, r *review.Report, _ Options) error {
	all := catalog.All()
	driver := sarifDriver{Name: program, Rules: make([]sarifRule, len(all), len(all)+1)}
	indices := make(map[policy.RuleID]int, len(all))
	for i, rule := range all {
		indices[rule.ID] = i
		driver.Rules[i] = sarifRuleOf(rule)
	}
	indices[review.UnknownField], indices[review.IgnoreAnnotation] = len(all), len(all)+1
	driver.Rules = append(driver.Rules, sarifUnknownField, sarifIgnoreAnnotation)
	run := sarifRun{Tool: sarifTool{driver}, Invocations: []sarifInvocation{sarifInvocationOf(r.Problems)}, ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	seen := map[string]int{}
	add := func(i *review.Item, f *review.Finding) *sarifResult {
		if note := migration.ByID(f.Rule); note != nil && indices[f.Rule] == 0 {
			indices[f.Rule] = len(run.Tool.Driver.Rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(&note.Rule))
		}
		run.Results = append(run.Results, sarifResult{
			RuleID: string(f.Rule), RuleIndex: indices[f.Rule], Level: sarifLevel(refuses(f)),
			Message:      sarifText{Text: noLink(subject(i) + ": " + message(f))},
			Locations:    []sarifLocation{sarifLocationOf(i, f)},
			Fingerprints: map[string]string{"fargateWebhook/v1": fingerprint(i, f, seen)},
		})
		return &run.Results[len(run.Results)-1]
	}
	for k := range r.Items {
		item := &r.Items[k]
		findings := allFindings(item)
		for n := range findings {
			add(item, &findings[n])
		}
		for _, ignored := range item.Ignored {
			result := add(item, &review.Finding{Finding: ignored.Finding, Line: ignored.Line, Column: ignored.Column})
			result.Suppressions = []sarifSuppression{{Kind: "inSource", Justification: noLink(ignored.Reason)}}
		}
	}
	return text.WriteJSON(w, sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}

// sarifUnknownField is the rule of fields that a kind doesn't have, which isn't one of the policy's.
var sarifUnknownField = sarifRule{
	ID: string(review.UnknownField), Short: sarifText{Text: "A field that the kind of the object doesn't have"},
	Full:    sarifText{Text: "The kind of the object doesn't have the field."},
	Help:    sarifText{Text: "The API server drops the field, or refuses the object.\n\nFix: correct the name of the field, or remove it.\n"},
	Default: sarifConfig{Level: sarifLevel(false)},
}

// sarifIgnoreAnnotation is the rule of annotations that ignore nothing, which isn't one of the
// policy's either.
var sarifIgnoreAnnotation = sarifRule{
	ID: string(review.IgnoreAnnotation), Short: sarifText{Text: "An annotation that ignores nothing"},
	Full:    sarifText{Text: "The annotation asks to ignore a rule that there isn't, or gives no reason."},
	Help:    sarifText{Text: "The finding that it is to ignore counts.\n\nFix: use the id of a rule, and make the value the reason.\n"},
	Default: sarifConfig{Level: sarifLevel(false)},
}

func sarifRuleOf(rule *rules.Rule) sarifRule {
	references := ""
	if len(rule.References) > 0 {
		references = "\n- " + strings.Join(rule.References, "\n- ")
	}
	return sarifRule{
		ID: string(rule.ID), Short: sarifText{Text: rule.Title}, Full: sarifText{Text: rule.What},
		Help: sarifText{
			Text:     rule.Why + "\n\nFix: " + rule.Fix + "\n\nReferences:" + references + "\n",
			Markdown: rule.What + "\n\n**Why.** " + rule.Why + "\n\n**Fix.** " + rule.Fix + "\n\n**References.**\n" + references + "\n",
		},
		Default: sarifConfig{Level: sarifLevel(rule.Default == policy.Deny)},
	}
}

func sarifLevel(denies bool) string {
	if denies {
		return "error"
	}
	return "warning"
}

func sarifLocationOf(i *review.Item, f *review.Finding) sarifLocation {
	return sarifLocation{
		Physical: sarifPhysicalOf(i.Source, f.Line, f.Column),
		Logical:  []sarifLogical{{Name: plain(subject(i) + ": " + f.Field), Kind: "object"}},
	}
}

// sarifPhysicalOf returns a place in a file, nil for standard input.
func sarifPhysicalOf(source string, line, column int) *sarifPhysical {
	if source == review.Stdin || source == "" {
		return nil
	}
	return &sarifPhysical{Artifact: sarifArtifact{URI: uri(source)}, Region: sarifRegion{StartLine: max(line, 1), StartColumn: column}}
}

// sarifInvocationOf says whether all input could be read, and else what couldn't.
func sarifInvocationOf(problems []review.Problem) sarifInvocation {
	out := sarifInvocation{Successful: !review.Serious(problems)}
	for i := range problems {
		p := &problems[i]
		notification := sarifNotification{Level: "error", Message: sarifText{Text: noLink(p.Error())}}
		if p.Minor {
			notification.Level = "warning"
		}
		if at := sarifPhysicalOf(p.Source, p.Line, 0); at != nil {
			notification.Locations = []sarifLocation{{Physical: at}}
		}
		out.Notifications = append(out.Notifications, notification)
	}
	return out
}

// uri returns the URI of a source: a relative one for a relative path.
func uri(source string) string {
	if at, err := url.Parse(source); err == nil && (at.Scheme == "http" || at.Scheme == "https") {
		return at.String()
	}
	at := url.URL{Path: filepath.ToSlash(source)}
	if filepath.IsAbs(source) {
		at.Scheme = "file"
	}
	return at.String()
}

// indexed are the places of lists in a path, which change when another item is added.
var indexed = regexp.MustCompile(`\[\d+\]`)

// fingerprint identifies a finding wherever in its file it is. Those that seen has already, and are
// equal otherwise, are counted.
func fingerprint(i *review.Item, f *review.Finding, seen map[string]int) string {
	hash := sha256.New()
	for _, part := range []string{string(f.Rule), i.Source, i.APIVersion, i.Kind, i.Namespace, i.Name, i.PodTemplate, indexed.ReplaceAllString(f.Field, "[]")} {
		fmt.Fprintf(hash, "%d:%s", len(part), part) //nolint:errcheck // a hash never fails
	}
	sum := hex.EncodeToString(hash.Sum(nil)[:16])
	seen[sum]++
	return fmt.Sprintf("%s:%d", sum, seen[sum])
}

// noLink keeps a text from being a link in a viewer.
func noLink(s string) string { return strings.ReplaceAll(plain(s), "](", "] (") }
