{{- /*
  Alerts on what a LiveKit server tells of itself. Names and kinds as of server 1.11 to 1.13: `livekit_participant_total`,
  `livekit_room_total` and `livekit_track_…_total` are gauges in spite of their names, so none is given to rate().
*/}}
{{- define "livekit-gke.rules" -}}
- alert: LivekitDown
  expr: up{namespace="{{ .Release.Namespace }}",pod=~"{{ .Values.target.release }}-.*"} == 0
  for: 2m
  labels: { severity: critical }
  annotations:
    summary: 'LiveKit on {{ `{{ $labels.pod }}` }} gives no metrics.'
    description: 'For two minutes. See whether the pod runs and its node is ready.'
- alert: LivekitAbsent
  expr: absent(livekit_room_total{namespace="{{ .Release.Namespace }}"})
  for: 5m
  labels: { severity: critical }
  annotations:
    summary: 'No LiveKit server reports in {{ .Release.Namespace }}.'
    description: 'None for five minutes. See whether the Deployment has ready pods and the metrics port is reached.'
- alert: LivekitJoinsFail
  expr: |
    sum(rate(livekit_participant_join_total{namespace="{{ .Release.Namespace }}",state="signal_failed"}[5m]))
      / sum(rate(livekit_participant_join_total{namespace="{{ .Release.Namespace }}",state=~"signal_.*"}[5m]))
      > {{ .Values.monitoring.limits.joinFailureRatio }}
  for: 5m
  labels: { severity: warning }
  annotations:
    summary: 'More than {{ mulf .Values.monitoring.limits.joinFailureRatio 100 }} % of the joins fail.'
    description: 'For five minutes, before any media flows. See the server logs, and run verify.'
- alert: LivekitMediaFails
  expr: |
    1 - sum(rate(livekit_participant_join_total{namespace="{{ .Release.Namespace }}",state=~"rtc_connected|rtc_canceled"}[10m]))
      / sum(rate(livekit_participant_join_total{namespace="{{ .Release.Namespace }}",state="rtc_init"}[10m]))
      > {{ .Values.monitoring.limits.mediaFailureRatio }}
  for: 10m
  labels: { severity: warning }
  annotations:
    summary: 'More than {{ mulf .Values.monitoring.limits.mediaFailureRatio 100 }} % of those who joined get no media connection.'
    description: 'For ten minutes. See the firewall rules of the media ports and the TURN certificate, and run verify.'
- alert: LivekitPacketLoss
  expr: |
    sum by (pod) (rate(livekit_packet_loss_total{namespace="{{ .Release.Namespace }}"}[5m]))
      / sum by (pod) (rate(livekit_packet_total{namespace="{{ .Release.Namespace }}"}[5m]))
      > {{ .Values.monitoring.limits.packetLossRatio }}
  for: 10m
  labels: { severity: warning }
  annotations:
    summary: 'LiveKit on {{ `{{ $labels.pod }}` }} loses more than {{ mulf .Values.monitoring.limits.packetLossRatio 100 }} % of its packets.'
    description: 'For ten minutes. See the load of its node and the UDP buffers.'
{{- end }}
