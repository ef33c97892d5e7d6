{{- /* Names of the groups of rules that this chart brings, as JSON. */}}
{{- define "monitoring.groups" -}}
{{- $targets := include "monitoring.targets" . | fromJson }}
{{- $groups := list }}
{{- range list "livekit" "messaging" "turn" "ingress" }}
{{- if hasKey $targets . }}{{ $groups = append $groups . }}{{ end }}
{{- end }}
{{- /* kube-prometheus-stack has a switch, targets and nodes of its own; Google watches the nodes. */}}
{{- if ne .Values.mode "operator" }}{{ $groups = append $groups "targets" }}{{ end }}
{{- if eq .Values.mode "own" }}
{{- if .Values.targets.nodes.enabled }}{{ $groups = append $groups "nodes" }}{{ end }}
{{- if .Values.probes.enabled }}{{ $groups = append $groups "probes" }}{{ end }}
{{- $groups = append $groups "monitoring" }}
{{- end }}
{{- toJson $groups }}
{{- end }}

{{- /*
  One group as YAML, its limits filled in, each alert with the link to its runbook: (dict "root" $ "group" "livekit").
  In files/rules ${name} stands for a value, since Prometheus has the curly braces.
*/}}
{{- define "monitoring.group" -}}
{{- $root := .root }}
{{- $targets := $root.Values.targets }}
{{- $values := merge (dict "livekitNamespace" $targets.livekit.namespace "livekitRelease" $targets.livekit.release "messagingStatusLabel" $targets.messaging.statusLabel) $root.Values.limits }}
{{- $text := $root.Files.Get (printf "files/rules/%s.yaml" .group) }}
{{- range $name, $value := $values }}{{ $text = replace (printf "${%s}" $name) (toString $value) $text }}{{ end }}
{{- with regexFind "\\$\\{\\w+\\}" $text }}{{ fail (printf "files/rules/%s.yaml: %s has no value" $.group .) }}{{ end }}
{{- $group := fromYaml $text }}
{{- with $group.Error }}{{ fail (printf "files/rules/%s.yaml: %s" $.group .) }}{{ end }}
{{- $rules := $group.rules }}
{{- if eq .group "targets" }}
{{- $absent := list }}
{{- range $name, $_ := omit (include "monitoring.targets" $root | fromJson) "livekit" }}
{{- $absent = append $absent (printf "absent(up{job=%q})" $name) }}
{{- end }}
{{- if $absent }}{{ $rules = append $rules (include "monitoring.absent" (join " or " $absent) | fromYaml) }}{{ end }}
{{- end }}
{{- range $rules }}
{{- if .alert }}{{ $_ := set .annotations "runbook_url" (printf "%s#%s" $root.Values.runbooks (lower .alert)) }}{{ end }}
{{- end }}
{{- toYaml (dict "name" $group.name "interval" $root.Values.interval "rules" $rules) }}
{{- end }}

{{- define "monitoring.absent" -}}
alert: TargetAbsent
expr: {{ . | quote }}
for: 5m
labels: { severity: critical }
annotations:
  summary: 'No pod of {{ "{{" }} $labels.job {{ "}}" }} is known to Prometheus.'
  description: 'For five minutes. Nothing runs there, its labels or its namespace are others than the values say, or Prometheus may not read its pods.'
{{- end }}
