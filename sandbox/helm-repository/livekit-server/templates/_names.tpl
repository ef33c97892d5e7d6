{{- define "livekit-server.chart" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* The release's name when it holds the chart's, else both. */ -}}
{{- define "livekit-server.full" -}}
{{- $chart := include "livekit-server.chart" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $chart) (contains $chart .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "livekit-server.selector" -}}
app.kubernetes.io/name: {{ include "livekit-server.chart" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "livekit-server.meta" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "livekit-server.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "livekit-server.account" -}}
{{- $made := default (include "livekit-server.full" .) .Values.serviceAccount.name -}}
{{- ternary $made (default "default" .Values.serviceAccount.name) .Values.serviceAccount.create -}}
{{- end }}

{{- /* "true" when the pods themselves end TURN's TLS and so need its certificate. */ -}}
{{- define "livekit-server.ownTurnCertificate" -}}
{{- with .Values.livekit.turn }}{{ if and .enabled .tls_port (not .external_tls) }}true{{ end }}{{ end -}}
{{- end }}
