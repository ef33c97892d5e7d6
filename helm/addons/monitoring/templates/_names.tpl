{{- define "monitoring.labels" -}}
app.kubernetes.io/name: monitoring
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: livekit-gke
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* Labels of the pods of one component: (dict "root" $ "component" "prometheus"). */}}
{{- define "monitoring.pods" -}}
app.kubernetes.io/name: {{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "monitoring.container" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "monitoring.pod" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "monitoring.where" -}}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* What a pod keeps: its claim, or a folder that goes with it. (dict "name" "prometheus" "storage" .Values.prometheus.storage) */}}
{{- define "monitoring.volume" -}}
{{- if .storage.enabled }}
persistentVolumeClaim: { claimName: {{ .name }} }
{{- else }}
emptyDir: {}
{{- end }}
{{- end }}

{{- define "monitoring.claim" -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .name }}
  labels: {{- include "monitoring.labels" .root | nindent 4 }}
  annotations:
    # Its data outlives the release.
    helm.sh/resource-policy: keep
spec:
  accessModes: [ReadWriteOnce]
  {{- with .storage.className }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests: { storage: {{ .storage.size }} }
{{- end }}

{{- /* Targets that are pods, by name, as JSON: those that are enabled and this chart's to scrape. */}}
{{- define "monitoring.targets" -}}
{{- $all := dict }}
{{- range $name, $target := omit .Values.targets "nodes" }}
{{- $isElsewhere := and (eq $name "livekit") (ne $.Values.mode "own") $target.elsewhere }}
{{- if and $target.enabled (not $isElsewhere) }}{{ $_ := set $all $name $target }}{{ end }}
{{- end }}
{{- range $name, $target := .Values.extraTargets }}
{{- if hasKey $.Values.targets $name }}{{ fail (printf "extraTargets.%s: there is a target of that name" $name) }}{{ end }}
{{- $_ := set $all $name $target }}
{{- end }}
{{- toJson $all }}
{{- end }}

{{- /* Labels of a target's pods. */}}
{{- define "monitoring.target.labels" -}}
{{- $labels := .labels }}
{{- with .release }}{{ $labels = merge (dict "app.kubernetes.io/instance" .) $labels }}{{ end }}
{{- toYaml $labels }}
{{- end }}

{{- define "monitoring.prometheus.address" -}}
{{ .Values.prometheus.name }}.{{ .Release.Namespace }}.svc:{{ .Values.prometheus.port }}
{{- end }}
