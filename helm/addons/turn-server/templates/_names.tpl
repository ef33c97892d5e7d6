{{- define "turn-server.labels" -}}
{{ include "turn-server.pods" . }}
app.kubernetes.io/version: {{ .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "turn-server.pods" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
component: turn-server
{{- end }}

{{- define "turn-server.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- /* turnserver.conf but for what is secret or of the node: @NODE@ and @EXTERNAL@ are put in when the pod starts. */}}
{{- define "turn-server.configuration" -}}
{{- $v := .Values -}}
{{- if gt (int $v.relay.minPort) (int $v.relay.maxPort) }}{{ fail "relay.minPort is above relay.maxPort" }}{{ end }}
{{- if gt (int $v.limits.totalQuota) (int (add1 (sub $v.relay.maxPort $v.relay.minPort))) }}
{{- fail (printf "limits.totalQuota is %d, but the relay range has only %d ports: each session takes one" (int $v.limits.totalQuota) (int (add1 (sub $v.relay.maxPort $v.relay.minPort)))) }}
{{- end -}}
listening-ip=@NODE@
relay-ip=@NODE@
external-ip=@EXTERNAL@/@NODE@
listening-port={{ $v.ports.stun }}
aux-server=@NODE@:{{ $v.ports.alternative }}
min-port={{ $v.relay.minPort }}
max-port={{ $v.relay.maxPort }}
{{- if $v.tls.enabled }}
tls-listening-port={{ $v.tls.port }}
cert=/etc/turn-tls/tls.crt
pkey=/etc/turn-tls/tls.key
no-dtls
{{- else }}
no-tls
no-dtls
{{- end }}
{{- if eq $v.auth.mode "ephemeral" }}
use-auth-secret
{{- else }}
lt-cred-mech
{{- end }}
fingerprint
stale-nonce=600
max-bps={{ int $v.limits.maxBytesPerSecond }}
user-quota={{ int $v.limits.userQuota }}
total-quota={{ int $v.limits.totalQuota }}
no-tcp-relay
no-multicast-peers
{{- range concat $v.deniedPeers $v.clusterRanges | uniq }}
denied-peer-ip={{ . }}
{{- end }}
no-cli
{{- if $v.metrics.enabled }}
prometheus
prometheus-port={{ $v.metrics.port }}
{{- end }}
pidfile=/run/turn/turnserver.pid
userdb=/run/turn/turndb
log-file=stdout
simple-log
{{- range $v.extraConfiguration }}
{{ . }}
{{- end }}
{{- end }}
