{{/*
All objects have fixed names: the webhook configurations are cluster-wide, so there is at most one release in a cluster. Helm refuses a second
one, because the ClusterRoles belong to the first.
*/}}

{{/* Labels of an object: those of commonLabels, and the name, which nothing overrides. */}}
{{- define "fargate-webhook.labels" -}}
{{ toYaml (merge (dict "app.kubernetes.io/name" "fargate-webhook") .Values.commonLabels) }}
{{- end }}

{{/* Metadata of an object, except for its name and namespace. */}}
{{- define "fargate-webhook.metadata" -}}
labels:
  {{- include "fargate-webhook.labels" . | nindent 2 }}
{{- with .Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The ServiceAccount as the subject of a binding. */}}
{{- define "fargate-webhook.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ .Values.serviceAccount.name }}
    namespace: {{ .Release.Namespace }}
{{- end }}

{{/*
The policy file. Helm reads an unquoted Off as false, which no field of the policy may be: a field, or the action of a rule, that is false
becomes "Off", in the policy and in the entries of its namespaces. An unquoted On is true. A rule's own field is left out if the rule is set by its id: the webhook
accepts one of them only.
*/}}
{{- define "fargate-webhook.policy" -}}
{{- $policy := deepCopy .Values.policy }}
{{- $rules := $policy.rules | default dict }}
{{- if hasKey $rules "daemonset" }}{{ $policy = omit $policy "daemonSets" }}{{ end }}
{{- if hasKey $rules "node-port" }}{{ $policy = omit $policy "nodePortServices" }}{{ end }}
{{- if eq (toJson $policy.prefilter) "true" }}{{ $_ := set $policy "prefilter" "On" }}{{ end }}
{{- range $settings := prepend ($policy.namespaces | default list) $policy }}
{{- range $fields := list $settings ($settings.rules | default dict) }}
{{- range $name, $value := $fields }}
{{- if eq (toJson $value) "false" }}{{ $_ := set $fields $name "Off" }}{{ end }}
{{- end }}
{{- end }}
{{- end -}}
apiVersion: fargate-webhook/v1alpha1
kind: Policy
{{ toYaml $policy }}
{{- end }}

{{/* The name of the ConfigMap with the policy. */}}
{{- define "fargate-webhook.policyName" -}}
{{ .Values.existingPolicy | default "fargate-webhook-policy" }}
{{- end }}

{{- define "fargate-webhook.image" -}}
{{- $image := .Values.image -}}
{{ required "set image.repository (a released chart has it)" $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}
{{- else if $image.tag }}:{{ $image.tag }}
{{- else }}{{ required "set image.digest or image.tag" $image.digest }}
{{- end }}
{{- end }}

{{/* Fails for values that can't work together, before anything is applied. */}}
{{- define "fargate-webhook.check" -}}
{{- $p := .Values.profiles }}
{{- if not (or $p.eks.clusterName $p.files $p.ack.clusterName) }}
{{- fail "set profiles.eks.clusterName, profiles.files or profiles.ack.clusterName: the webhook needs the cluster's Fargate profiles" }}
{{- end }}
{{- if and $p.eks.clusterName (not .Values.aws.region) }}
{{- fail "set aws.region: the webhook reads the Fargate profiles from the EKS API of that region, and pods on Fargate can't find out their region" }}
{{- end }}
{{- if and .Values.resources (ne .Values.runOn "EC2") }}
{{- fail (printf "resources may only be set with runOn: EC2; with runOn: %s each pod is exactly 0.25 vCPU / 0.5 GB" .Values.runOn) }}
{{- end }}
{{- $pending := splitList " " (include "fargate-webhook.pendingPods" .) }}
{{- if and (has "Recreate" $pending) (not .Values.rbac.recreatePods) }}
{{- fail "policy.pendingPods: Recreate evicts pods: set rbac.recreatePods to true" }}
{{- end }}
{{- if and (or (has "Recreate" $pending) (has "Report" $pending)) (not .Values.rbac.pendingPods) }}
{{- fail "policy.pendingPods: Report and Recreate watch pods: set rbac.pendingPods to true, or policy.pendingPods to Off, in policy.namespaces too" }}
{{- end }}
{{- if not .Values.existingPolicy }}
{{- range $i, $entry := .Values.policy.namespaces }}
{{- $rules := $entry.rules | default dict }}
{{- range $field, $rule := dict "daemonSets" "daemonset" "nodePortServices" "node-port" }}
{{- if and (hasKey $entry $field) (hasKey $rules $rule) }}
{{- fail (printf "policy.namespaces[%d]: %s and rules.%s are about the same: keep one of them" $i $field $rule) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.apiServerCIDRs) }}
{{- fail "set networkPolicy.apiServerCIDRs: without the addresses of the API servers the NetworkPolicy would cut them off" }}
{{- end }}
{{- if and .Values.certManager.enabled (not .Values.certManager.issuerRef.name) }}
{{- fail "set certManager.issuerRef.name, an Issuer or ClusterIssuer that writes ca.crt, such as one of type ca" }}
{{- end }}
{{- $certificate := .Values.certManager }}
{{- if and $certificate.enabled (ge (include "fargate-webhook.seconds" $certificate.renewBefore | float64) (include "fargate-webhook.seconds" $certificate.duration | float64)) }}
{{- fail (printf "certManager.renewBefore %s must be less than certManager.duration %s" $certificate.renewBefore $certificate.duration) }}
{{- end }}
{{- $budget := .Values.podDisruptionBudget }}
{{- if and $budget.enabled (ge (int $budget.minAvailable) (int .Values.replicas)) }}
{{- fail (printf "podDisruptionBudget.minAvailable %d must be less than replicas %d: nodes could not be drained" (int $budget.minAvailable) (int .Values.replicas)) }}
{{- end }}
{{- if and .Values.callers.clientAllowedNames (not .Values.callers.clientCASecret) }}
{{- fail "callers.clientAllowedNames: set callers.clientCASecret too" }}
{{- end }}
{{- include "fargate-webhook.checkEnv" . }}
{{- end }}

{{/*
Fails for variables in env that the chart needs itself, and for names that are there twice: the API server refuses these. AWS_REGION and
GOMEMLIMIT in env replace those of the chart.
*/}}
{{- define "fargate-webhook.checkEnv" -}}
{{- $remedies := dict "CLUSTER_NAME" "set profiles.eks.clusterName" "POD_NAMESPACE" "it is the namespace of the release" }}
{{- $seen := dict }}
{{- range .Values.env }}
{{- if hasKey $remedies .name }}
{{- fail (printf "env: %s is set by the chart: remove it from env; %s" .name (get $remedies .name)) }}
{{- end }}
{{- if hasKey $seen .name }}
{{- fail (printf "env: %s is there twice: remove one of them" .name) }}
{{- end }}
{{- $_ := set $seen .name true }}
{{- end }}
{{- end }}

{{/* The values of pendingPods in the policy and its namespaces, with spaces between them. Nothing if the policy isn't in the values. */}}
{{- define "fargate-webhook.pendingPods" -}}
{{- if not .Values.existingPolicy }}
{{- $found := list (hasKey .Values.policy "pendingPods" | ternary .Values.policy.pendingPods "Report") }}
{{- range .Values.policy.namespaces }}
{{- if hasKey . "pendingPods" }}{{ $found = append $found .pendingPods }}{{ end }}
{{- end }}
{{- join " " $found }}
{{- end }}
{{- end }}

{{/* The seconds of a duration such as 1h30m. */}}
{{- define "fargate-webhook.seconds" -}}
{{- $units := dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0 }}
{{- $sum := 0.0 }}
{{- range regexFindAll "[0-9.]+[a-z]+" . -1 }}
{{- $sum = addf $sum (mulf (regexFind "[0-9.]+" . | float64) (get $units (regexFind "[a-z]+" .))) }}
{{- end }}
{{- $sum }}
{{- end }}
