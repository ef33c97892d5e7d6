{{- /* Prometheus' own configuration. */}}
{{- define "monitoring.prometheus.config" -}}
{{- $labels := list
  (dict "source_labels" (list "__meta_kubernetes_namespace") "target_label" "namespace")
  (dict "source_labels" (list "__meta_kubernetes_pod_name") "target_label" "pod")
  (dict "source_labels" (list "__meta_kubernetes_pod_node_name") "target_label" "node") }}
global:
  scrape_interval: {{ .Values.interval }}
  evaluation_interval: {{ .Values.interval }}
  {{- with .Values.cluster }}
  external_labels: { cluster: {{ . | quote }} }
  {{- end }}
rule_files: [/etc/prometheus/rules/*.yaml]
alerting:
  alertmanagers:
    - static_configs: [{ targets: ['{{ .Values.alertmanager.name }}.{{ .Release.Namespace }}.svc:{{ .Values.alertmanager.port }}'] }]
scrape_configs:
  - job_name: prometheus
    static_configs: [{ targets: ['localhost:{{ .Values.prometheus.port }}'] }]
  - job_name: alertmanager
    static_configs: [{ targets: ['{{ .Values.alertmanager.name }}.{{ .Release.Namespace }}.svc:{{ .Values.alertmanager.port }}'] }]
{{- range $name, $target := include "monitoring.targets" . | fromJson }}
  - job_name: {{ $name }}
    metrics_path: {{ $target.path }}
    sample_limit: {{ int $.Values.prometheus.sampleLimit }}
    kubernetes_sd_configs:
      - role: pod
        namespaces: { names: [{{ $target.namespace | quote }}] }
        selectors:
          - role: pod
            label: {{ $pairs := list }}{{ range $key, $value := include "monitoring.target.labels" $target | fromYaml }}{{ $pairs = append $pairs (printf "%s=%s" $key $value) }}{{ end }}{{ join "," $pairs | quote }}
    relabel_configs:
      # A pod that has ended, or whose address nobody has yet.
      - { source_labels: [__meta_kubernetes_pod_phase], regex: Pending|Succeeded|Failed, action: drop }
      {{- if kindIs "string" $target.port }}
      - { source_labels: [__meta_kubernetes_pod_container_port_name], regex: {{ $target.port | quote }}, action: keep }
      {{- else }}
      # The pod may not name this port: whatever it names gives the same address, which counts once.
      - { source_labels: [__meta_kubernetes_pod_ip], regex: (.+), target_label: __address__, replacement: '$1:{{ int $target.port }}' }
      {{- end }}
      {{- toYaml $labels | nindent 6 }}
{{- end }}
{{- if .Values.targets.nodes.enabled }}
{{- range $job, $path := dict "nodes" "/metrics" "containers" "/metrics/cadvisor" }}
  # The kubelet of each node, by the right nodes/metrics; not through the API server, which would need nodes/proxy, and that may do all.
  - job_name: {{ $job }}
    scheme: https
    metrics_path: {{ $path }}
    authorization: { credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token }
    tls_config:
      ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
      insecure_skip_verify: {{ $.Values.targets.nodes.insecureSkipVerify }}
    kubernetes_sd_configs: [{ role: node }]
    relabel_configs:
      - { source_labels: [__meta_kubernetes_node_name], target_label: node }
    metric_relabel_configs:
      {{- if eq $job "nodes" }}
      - { source_labels: [__name__], regex: 'kubelet_volume_stats_(available|capacity)_bytes|kubelet_running_(pods|containers)', action: keep }
      {{- else }}
      - { source_labels: [__name__], regex: 'container_(cpu_usage_seconds_total|cpu_cfs_(throttled_)?periods_total|memory_(usage|working_set)_bytes|spec_memory_limit_bytes|start_time_seconds|oom_events_total|network_(receive|transmit)_bytes_total|fs_(usage|limit)_bytes)|machine_(cpu_cores|memory_bytes)', action: keep }
      # Neither a pod nor the node as a whole: the system's own groups.
      - { source_labels: [id, pod], regex: '/.+;', action: drop }
      {{- end }}
{{- end }}
{{- end }}
{{- if .Values.probes.enabled }}
{{- range $job, $targets := include "monitoring.probes" . | fromJson }}
{{- if $targets }}
  - job_name: {{ $job }}
    metrics_path: /probe
    static_configs:
      {{- range $targets }}
      - { targets: [{{ .address | quote }}], labels: { module: {{ .module }} } }
      {{- end }}
    relabel_configs:
      - { source_labels: [module], target_label: __param_module }
      - { source_labels: [__address__], target_label: __param_target }
      - { source_labels: [__address__], target_label: instance }
      - { target_label: __address__, replacement: 'probes.{{ $.Release.Namespace }}.svc:9115' }
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* What is probed, by job, as JSON: what helm-deploy knows of the environment, and what the values add. */}}
{{- define "monitoring.probes" -}}
{{- $probes := .Values.probes.targets }}
{{- $redis := list }}
{{- with .Values.targets.livekit }}
{{- if .enabled }}
{{- with .domain }}{{ $probes = append $probes (dict "address" (printf "https://%s/" .) "module" "https") }}{{ end }}
{{- with .turnDomain }}{{ $probes = append $probes (dict "address" (printf "%s:443" .) "module" "tls") }}{{ end }}
{{- with .redisAddress }}{{ $redis = append $redis (dict "address" . "module" "redis") }}{{ end }}
{{- end }}
{{- end }}
{{- toJson (dict "probes" $probes "redis" $redis) }}
{{- end }}
