{{- /*
  Alerts on what a LiveKit server tells of itself: files/rules/livekit.yaml, a copy of the add-on monitoring's, in which ${name}
  stands for a value, since Prometheus has the curly braces. Each alert links to its runbook.
*/}}
{{- define "livekit-gke.rules" -}}
{{- $monitoring := .Values.monitoring }}
{{- $values := merge (dict "livekitNamespace" .Release.Namespace "livekitRelease" .Values.target.release) $monitoring.limits }}
{{- $text := .Files.Get "files/rules/livekit.yaml" }}
{{- range $name, $value := $values }}{{ $text = replace (printf "${%s}" $name) (toString $value) $text }}{{ end }}
{{- with regexFind "\\$\\{\\w+\\}" $text }}{{ fail (printf "files/rules/livekit.yaml: %s has no value" .) }}{{ end }}
{{- $rules := (fromYaml $text).rules }}
{{- range $rules }}
{{- if .alert }}{{ $_ := set .annotations "runbook_url" (printf "%s#%s" $monitoring.runbooks (lower .alert)) }}{{ end }}
{{- end }}
{{- toYaml $rules }}
{{- end }}
