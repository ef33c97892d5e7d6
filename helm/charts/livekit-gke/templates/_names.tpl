{{- define "livekit-gke.labels" -}}
app.kubernetes.io/name: livekit-gke
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* The labels by which LiveKit's pods are found. */}}
{{- define "livekit-gke.pods" -}}
{{- toYaml .Values.target.labels }}
app.kubernetes.io/instance: {{ .Values.target.release }}
{{- end }}
