{{- /* Alertmanager's own configuration. Secrets are files of the Secret. */}}
{{- define "monitoring.alertmanager.config" -}}
{{- $secrets := "/etc/alertmanager/secrets" }}
{{- with .Values.alertmanager }}
route:
  receiver: team
  group_by: [alertname, namespace, job]
  group_wait: {{ .groupWait }}
  group_interval: {{ .groupInterval }}
  repeat_interval: {{ .repeat.warning }}
  routes:
    - receiver: dead-mans-switch
      matchers: [alertname="DeadMansSwitch"]
      group_wait: 0s
      group_interval: {{ .deadMansSwitch.interval }}
      repeat_interval: {{ .deadMansSwitch.interval }}
    - receiver: team
      matchers: [severity="critical"]
      repeat_interval: {{ .repeat.critical }}
# What follows from something else that is told already.
inhibit_rules:
  - source_matchers: [alertname=~"LivekitDown|LivekitAbsent"]
    target_matchers: [alertname=~"Livekit(JoinsFail|MediaFails|PacketLoss)"]
    equal: [namespace]
  - source_matchers: [alertname="RedisUnreachable"]
    target_matchers: [alertname=~"LivekitJoinsFail|LivekitMediaFails"]
  - source_matchers: [alertname="TargetDown", job="nodes"]
    target_matchers: [alertname=~"TargetDown|LivekitDown|PodRestarts", job!="nodes"]
    equal: [node]
  - source_matchers: [alertname="MessagingDatabaseErrors"]
    target_matchers: [alertname=~"MessagingServerErrors|MessagingSlow"]
    equal: [namespace]
  - source_matchers: [alertname="MessagingServerErrors"]
    target_matchers: [alertname="IngressServerErrors"]
receivers:
  - name: team
    {{- if .slack.enabled }}
    slack_configs:
      - api_url_file: {{ $secrets }}/{{ .slack.secretKey }}
        channel: {{ .slack.channel | quote }}
        send_resolved: true
        title: '{{ "{{" }} if eq .Status "firing" {{ "}}" }}{{ "{{" }} .CommonLabels.severity | toUpper {{ "}}" }}{{ "{{" }} else {{ "}}" }}Over{{ "{{" }} end {{ "}}" }}: {{ "{{" }} .CommonLabels.alertname {{ "}}" }}'
        title_link: '{{ "{{" }} (index .Alerts 0).Annotations.runbook_url {{ "}}" }}'
        text: '{{ "{{" }} range .Alerts {{ "}}" }}{{ "{{" }} .Annotations.summary {{ "}}" }} {{ "{{" }} .Annotations.description {{ "}}" }} <{{ "{{" }} .Annotations.runbook_url {{ "}}" }}|Runbook>{{ "{{" }} "\n" {{ "}}" }}{{ "{{" }} end {{ "}}" }}'
    {{- end }}
    {{- if .email.enabled }}
    email_configs:
      - to: {{ .email.to | quote }}
        from: {{ .email.from | quote }}
        smarthost: {{ .email.smarthost | quote }}
        {{- if .email.username }}
        auth_username: {{ .email.username | quote }}
        auth_password_file: {{ $secrets }}/{{ .email.secretKey }}
        {{- end }}
        require_tls: {{ .email.requireTls }}
        send_resolved: true
        headers: { Subject: '{{ "{{" }} .Status | toUpper {{ "}}" }}: {{ "{{" }} .CommonLabels.alertname {{ "}}" }}' }
        text: '{{ "{{" }} range .Alerts {{ "}}" }}{{ "{{" }} .Annotations.summary {{ "}}" }} {{ "{{" }} .Annotations.description {{ "}}" }} {{ "{{" }} .Annotations.runbook_url {{ "}}" }}{{ "{{" }} "\n" {{ "}}" }}{{ "{{" }} end {{ "}}" }}'
        html: ''
    {{- end }}
  - name: dead-mans-switch
    {{- if .deadMansSwitch.enabled }}
    webhook_configs:
      - url_file: {{ $secrets }}/{{ .deadMansSwitch.secretKey }}
        send_resolved: false
    {{- end }}
{{- end }}
{{- end }}
