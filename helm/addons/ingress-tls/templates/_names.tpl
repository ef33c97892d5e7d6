{{- define "ingress-tls.labels" -}}
{{ include "ingress-tls.pods" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "ingress-tls.pods" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: traefik
{{- end }}

{{- /* Namespaces that Traefik watches: its own, where its Service is, and those of the Ingresses. As a JSON list. */}}
{{- define "ingress-tls.namespaces" -}}
{{- $found := list .Release.Namespace }}
{{- range .Values.ingresses }}{{ $found = append $found .namespace }}{{ end }}
{{- $found | uniq | sortAlpha | toJson }}
{{- end }}

{{- /* Names of all headers that any Ingress sets: Traefik sets no others. */}}
{{- define "ingress-tls.headers" -}}
{{- $found := list }}
{{- range .Values.ingresses }}{{ $found = concat $found (keys (.headers | default dict)) }}{{ end }}
{{- $found | uniq | sortAlpha | join "," }}
{{- end }}
