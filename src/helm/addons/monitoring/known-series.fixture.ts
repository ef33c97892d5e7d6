/**
 * What each target serves, by its maker's documentation and as seen in the sandbox; with the histograms' own endings. Only what rules and
 * dashboards use.
 */
export const KNOWN_SERIES: Readonly<Record<string, readonly string[]>> = {
  // Server 1.11 to 1.13; the first three and the tracks are gauges.
  livekit: [
    ...['livekit_room_total', 'livekit_participant_total', 'livekit_track_published_total'],
    ...['livekit_participant_join_total', 'livekit_packet_total', 'livekit_packet_loss_total', 'livekit_packet_bytes'],
    ...['livekit_nack_total', 'livekit_pli_total', 'livekit_fir_total', 'livekit_rtt_ms_bucket'],
  ],
  messaging: [
    ...['http_requests_total', 'http_request_duration_seconds_bucket', 'websocket_connections_active'],
    ...['websocket_errors_total', 'database_query_duration_seconds_bucket', 'database_errors_total'],
  ],
  // coturn 4.17, src/apps/relay/prom_server.c; the 401 are not in 4.6.
  turn: [
    ...['turn_total_allocations', 'turn_unauthenticated_401_responses', 'turn_total_traffic_rcvb'],
    ...['turn_total_traffic_sentb', 'stun_binding_request', 'stun_binding_error'],
  ],
  // Traefik 3.
  ingress: [
    ...['traefik_service_requests_total', 'traefik_service_request_duration_seconds_bucket'],
    ...['traefik_entrypoint_requests_total', 'traefik_open_connections', 'traefik_tls_certs_not_after'],
  ],
  // Those that the scrape configuration keeps.
  nodes: [
    ...['container_cpu_usage_seconds_total', 'container_memory_working_set_bytes', 'container_memory_usage_bytes'],
    ...['container_spec_memory_limit_bytes', 'container_start_time_seconds', 'machine_cpu_cores'],
    ...['machine_memory_bytes', 'kubelet_volume_stats_available_bytes', 'kubelet_volume_stats_capacity_bytes'],
  ],
  probes: ['probe_success', 'probe_ssl_earliest_cert_expiry'],
  own: [
    ...['up', 'prometheus_rule_evaluation_failures_total', 'prometheus_notifications_errors_total'],
    ...['alertmanager_notifications_failed_total', 'prometheus_target_scrapes_exceeded_sample_limit_total'],
  ],
};

/** Names of the series in an expression of PromQL. */
export function seriesIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const words = [...bare.matchAll(/(?<![\w.:])[a-zA-Z_:][\w:]*(?!\w)(?!\s*\()/g)].map(([word]) => word);
  return [...new Set(words.filter((word) => !/^(and|or|unless|bool|offset|Inf|NaN)$/.test(word)))];
}
