/** Series by name, in promtool's notation: `0+5x20` is 0, 5, 10 ... 100, one a minute. */
type Series = Readonly<Record<string, string>>;

/** One rule in a world in which it must fire (a recorded series: have this value), and in one in which it must not. */
export interface Trial {
  readonly rule: string;
  /** Minutes after the start at which it is looked at. */
  readonly at: number;
  readonly fires: Series;
  /** Labels of the alert beside its name, its state and its severity; of a recorded series all of them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of a recorded series; alerts are 1. */
  readonly value?: number;
  /** Without it: no series at all. */
  readonly quiet?: Series;
}

const joins = (state: string, values: string) => ({
  [`livekit_participant_join_total{namespace="livekit",pod="livekit-server-1",state="${state}"}`]: values,
});
const packets = (name: string, values: string) => ({
  [`livekit_packet_${name}{namespace="livekit",pod="livekit-server-1"}`]: values,
});
const up = (job: string, values: string, more = '') => ({ [`up{job="${job}",instance="10.0.0.1:80"${more}}`]: values });
const service = (name: string, labels: string, values: string) => ({
  [`${name}{job="messaging",namespace="nova-messaging"${labels}}`]: values,
});
const duration = (name: string, fast: string, all: string) => ({
  ...service(`${name}_bucket`, ',le="0.5"', fast),
  ...service(`${name}_bucket`, ',le="2"', all),
  ...service(`${name}_bucket`, ',le="+Inf"', all),
});
const traefik = (code: string, values: string) => ({
  [`traefik_service_requests_total{job="ingress",namespace="ingress-nginx",service="api@kubernetes",code="${code}"}`]:
    values,
});
const served = (serial: string, pod: string, notAfter: number) => ({
  [`traefik_tls_certs_not_after{job="ingress",cn="api.nova.com",pod="${pod}",serial="${serial}"}`]: `${notAfter}x30`,
});
const turn = (name: string, values: string) => ({ [`${name}{job="turn",namespace="nova-turn"}`]: values });
const node = (name: string, values: string) => ({ [`${name}{job="containers",node="node-1",id="/"}`]: values });
const machine = (name: string, values: string) => ({ [`machine_${name}{job="containers",node="node-1"}`]: values });
const container = (name: string, values: string, id = 'a') => ({
  [`container_${name}{job="containers",namespace="livekit",pod="livekit-server-1",container="livekit-server",id="/${id}"}`]:
    values,
});
const claim = (name: string, values: string) => ({
  [`kubelet_volume_stats_${name}_bytes{job="nodes",namespace="nova-monitoring",persistentvolumeclaim="prometheus"}`]:
    values,
});
const probe = (name: string, values: string, job = 'probes') => ({
  [`probe_${name}{job="${job}",instance="https://livekit.example.com/",module="https"}`]: values,
});
const own = (job: string, name: string, labels: string, values: string) => ({
  [`${name}{job="${job}"${labels}}`]: values,
});

const DAY = 86_400;
const SERVICE = { namespace: 'nova-messaging' };
const CONTAINER = { namespace: 'livekit', pod: 'livekit-server-1', container: 'livekit-server' };
const API = { namespace: 'ingress-nginx', service: 'api@kubernetes' };
const COULD_JOIN = { ...joins('signal_connected', '0+60x30'), ...joins('signal_failed', '0+0x30') };

/** Every rule of the chart stands here; a test holds that. */
export const trials: readonly Trial[] = [
  // livekit
  {
    ...{ rule: 'livekit:joins_failed:ratio_rate5m', at: 10, value: 0.25, labels: { namespace: 'livekit' } },
    fires: { ...joins('signal_connected', '0+45x30'), ...joins('signal_failed', '0+15x30') },
  },
  {
    ...{ rule: 'livekit:media_failed:ratio_rate10m', at: 20, value: 0.5, labels: { namespace: 'livekit' } },
    fires: {
      ...joins('rtc_init', '0+60x30'),
      ...joins('rtc_connected', '0+20x30'),
      ...joins('rtc_canceled', '0+10x30'),
    },
  },
  {
    ...{ rule: 'livekit:packets_lost:ratio_rate5m', at: 10, value: 0.1 },
    labels: { namespace: 'livekit', pod: 'livekit-server-1' },
    fires: { ...packets('total', '0+1000x30'), ...packets('loss_total', '0+100x30') },
  },
  {
    ...{ rule: 'LivekitDown', at: 5 },
    fires: up('livekit', '0x10', ',namespace="livekit",pod="livekit-server-1"'),
    labels: { job: 'livekit', instance: '10.0.0.1:80', namespace: 'livekit', pod: 'livekit-server-1' },
    // The companion's pods are named alike, and another namespace has pods of that name, too.
    quiet: {
      ...up('livekit', '1x10', ',namespace="livekit",pod="livekit-server-1"'),
      ...up('other', '0x10', ',namespace="elsewhere",pod="livekit-server-1"'),
    },
  },
  {
    ...{ rule: 'LivekitAbsent', at: 10, labels: { namespace: 'livekit' } },
    fires: { 'livekit_room_total{namespace="elsewhere"}': '1x20' },
    quiet: { 'livekit_room_total{namespace="livekit"}': '0x20' },
  },
  {
    ...{ rule: 'LivekitJoinsFail', at: 20, labels: { namespace: 'livekit' } },
    fires: { ...joins('signal_connected', '0+45x30'), ...joins('signal_failed', '0+15x30') },
    // Two of a hundred: below the limit.
    quiet: { ...joins('signal_connected', '0+98x30'), ...joins('signal_failed', '0+2x30') },
  },
  {
    ...{ rule: 'LivekitMediaFails', at: 30, labels: { namespace: 'livekit' } },
    fires: { ...joins('rtc_init', '0+60x40'), ...joins('rtc_connected', '0+30x40') },
    // Who gives up by himself did not fail.
    quiet: {
      ...joins('rtc_init', '0+60x40'),
      ...joins('rtc_connected', '0+30x40'),
      ...joins('rtc_canceled', '0+28x40'),
    },
  },
  {
    ...{ rule: 'LivekitPacketLoss', at: 20, labels: { namespace: 'livekit', pod: 'livekit-server-1' } },
    fires: { ...packets('total', '0+1000x30'), ...packets('loss_total', '0+100x30') },
    // 40 % for four minutes only.
    quiet: { ...packets('total', '0+1000x30'), ...packets('loss_total', '0x10 400+400x3 1600x12') },
  },
  // messaging
  {
    ...{ rule: 'messaging:requests:rate5m', at: 10, value: 2, labels: SERVICE },
    fires: {
      ...service('http_requests_total', ',status="200",pod="a"', '0+60x20'),
      ...service('http_requests_total', ',status="200",pod="b"', '0+60x20'),
    },
  },
  {
    ...{ rule: 'messaging:server_errors:ratio_rate5m', at: 10, value: 0.25, labels: SERVICE },
    fires: {
      ...service('http_requests_total', ',status="200"', '0+45x20'),
      ...service('http_requests_total', ',status="503"', '0+15x20'),
    },
  },
  {
    // All between 0.5 and 2 s: 95 % of the way.
    ...{ rule: 'messaging:request_duration:p95_rate5m', at: 10, value: 1.925, labels: SERVICE },
    fires: duration('http_request_duration_seconds', '0x20', '0+60x20'),
  },
  {
    ...{ rule: 'messaging:database_query_duration:p95_rate5m', at: 10, value: 0.475, labels: SERVICE },
    fires: duration('database_query_duration_seconds', '0+60x20', '0+60x20'),
  },
  {
    ...{ rule: 'messaging:websocket_errors:rate5m', at: 10, value: 1, labels: SERVICE },
    fires: service('websocket_errors_total', ',reason="closed"', '0+60x20'),
  },
  {
    ...{ rule: 'messaging:database_errors:rate5m', at: 10, value: 1, labels: SERVICE },
    fires: service('database_errors_total', ',operation="read"', '0+60x20'),
  },
  {
    ...{ rule: 'MessagingServerErrors', at: 15, labels: SERVICE },
    fires: {
      ...service('http_requests_total', ',status="200"', '0+45x20'),
      ...service('http_requests_total', ',status="500"', '0+15x20'),
    },
    // What the client did wrong is no server error.
    quiet: {
      ...service('http_requests_total', ',status="200"', '0+45x20'),
      ...service('http_requests_total', ',status="404"', '0+15x20'),
    },
  },
  {
    ...{ rule: 'MessagingSlow', at: 20, labels: SERVICE },
    fires: duration('http_request_duration_seconds', '0x30', '0+60x30'),
    quiet: duration('http_request_duration_seconds', '0+60x30', '0+60x30'),
  },
  {
    ...{ rule: 'MessagingWebSocketErrors', at: 15, labels: SERVICE },
    fires: service('websocket_errors_total', ',reason="closed"', '0+60x20'),
    quiet: service('websocket_errors_total', ',reason="closed"', '0+6x20'),
  },
  {
    ...{ rule: 'MessagingDatabaseErrors', at: 15, labels: SERVICE },
    fires: service('database_errors_total', ',operation="read"', '0+60x20'),
    quiet: service('database_errors_total', ',operation="read"', '0x20'),
  },
  // turn
  {
    ...{ rule: 'turn:allocations:sum', at: 5, value: 7, labels: { namespace: 'nova-turn' } },
    fires: {
      'turn_total_allocations{job="turn",namespace="nova-turn",type="UDP"}': '4x10',
      'turn_total_allocations{job="turn",namespace="nova-turn",type="TCP"}': '3x10',
    },
  },
  {
    ...{ rule: 'turn:challenges:increase10m', at: 15, value: 100, labels: { namespace: 'nova-turn' } },
    fires: turn('turn_unauthenticated_401_responses', '0+10x20'),
  },
  {
    ...{ rule: 'TurnAllocationsFail', at: 25, labels: { namespace: 'nova-turn' } },
    fires: { ...turn('turn_unauthenticated_401_responses', '0+10x30'), ...turn('turn_total_allocations', '0x30') },
    // As many are asked for credentials, and some get in.
    quiet: {
      ...turn('turn_unauthenticated_401_responses', '0+10x30'),
      ...turn('turn_total_allocations', '0x10 1x3 0x17'),
    },
  },
  {
    ...{ rule: 'TurnNearQuota', at: 10, labels: { namespace: 'nova-turn' } },
    fires: turn('turn_total_allocations', '950x20'),
    quiet: turn('turn_total_allocations', '850x20'),
  },
  // ingress
  {
    ...{ rule: 'ingress:requests:rate5m', at: 10, value: 1, labels: API },
    fires: { ...traefik('200', '0+45x20'), ...traefik('404', '0+15x20') },
  },
  {
    ...{ rule: 'ingress:server_errors:ratio_rate5m', at: 10, value: 0.25, labels: API },
    fires: { ...traefik('200', '0+45x20'), ...traefik('502', '0+15x20') },
  },
  {
    ...{ rule: 'IngressServerErrors', at: 15, labels: API },
    fires: { ...traefik('200', '0+45x20'), ...traefik('504', '0+15x20') },
    // The rate limit is none of the server's errors.
    quiet: { ...traefik('200', '0+45x20'), ...traefik('429', '0+15x20') },
  },
  {
    // Pod b has not yet taken the renewed certificate.
    ...{ rule: 'certificate:remaining:seconds', at: 10, value: 5 * DAY - 600 },
    labels: { source: 'ingress', cn: 'api.nova.com', target: 'api.nova.com' },
    fires: { ...served('1', 'a', 5 * DAY), ...served('2', 'a', 90 * DAY), ...served('1', 'b', 5 * DAY) },
  },
  {
    ...{ rule: 'IngressCertificateExpires', at: 20 },
    labels: { source: 'ingress', cn: 'api.nova.com', target: 'api.nova.com' },
    fires: { ...served('1', 'a', 5 * DAY), ...served('2', 'a', 90 * DAY), ...served('1', 'b', 5 * DAY) },
    quiet: { ...served('1', 'a', 5 * DAY), ...served('2', 'a', 90 * DAY), ...served('2', 'b', 90 * DAY) },
  },
  // probes
  {
    ...{ rule: 'certificate:remaining:seconds', at: 10, value: 9 * DAY - 600 },
    labels: { source: 'probe', instance: 'https://livekit.example.com/', target: 'https://livekit.example.com/' },
    fires: probe('ssl_earliest_cert_expiry', `${9 * DAY}x20`),
  },
  {
    ...{ rule: 'CertificateExpires', at: 20 },
    labels: { source: 'probe', instance: 'https://livekit.example.com/', target: 'https://livekit.example.com/' },
    fires: probe('ssl_earliest_cert_expiry', `${9 * DAY}x30`),
    quiet: probe('ssl_earliest_cert_expiry', `${11 * DAY}x30`),
  },
  {
    ...{ rule: 'ProbeFails', at: 5 },
    labels: { job: 'probes', instance: 'https://livekit.example.com/', module: 'https' },
    fires: probe('success', '0x10'),
    quiet: probe('success', '1x2 0x2 1x6'),
  },
  {
    ...{ rule: 'RedisUnreachable', at: 5 },
    labels: { job: 'redis', instance: 'https://livekit.example.com/', module: 'https' },
    fires: probe('success', '0x10', 'redis'),
    quiet: probe('success', '1x10', 'redis'),
  },
  // nodes
  {
    ...{ rule: 'node:cpu:ratio_rate5m', at: 10, value: 0.5, labels: { node: 'node-1' } },
    fires: { ...node('container_cpu_usage_seconds_total', '0+120x20'), ...machine('cpu_cores', '4x20') },
  },
  {
    ...{ rule: 'node:memory:ratio', at: 10, value: 0.75, labels: { node: 'node-1' } },
    fires: { ...node('container_memory_working_set_bytes', '12x20'), ...machine('memory_bytes', '16x20') },
  },
  {
    ...{ rule: 'container:start_time:seconds', at: 10, value: 300, labels: CONTAINER },
    fires: { ...container('start_time_seconds', '100x20', 'a'), ...container('start_time_seconds', '_x4 300x16', 'b') },
  },
  {
    ...{ rule: 'container:memory_of_limit:ratio', at: 10, value: 0.5, labels: CONTAINER },
    fires: { ...container('memory_working_set_bytes', '50x20'), ...container('spec_memory_limit_bytes', '100x20') },
  },
  {
    ...{ rule: 'volume:used:ratio', at: 10, value: 0.75 },
    labels: { namespace: 'nova-monitoring', persistentvolumeclaim: 'prometheus' },
    fires: { ...claim('available', '25x20'), ...claim('capacity', '100x20') },
  },
  {
    ...{ rule: 'NodeProcessorsNearCapacity', at: 25, labels: { node: 'node-1' } },
    fires: { ...node('container_cpu_usage_seconds_total', '0+216x30'), ...machine('cpu_cores', '4x30') },
    quiet: { ...node('container_cpu_usage_seconds_total', '0+180x30'), ...machine('cpu_cores', '4x30') },
  },
  {
    ...{ rule: 'NodeMemoryNearCapacity', at: 15, labels: { node: 'node-1' } },
    fires: { ...node('container_memory_working_set_bytes', '95x20'), ...machine('memory_bytes', '100x20') },
    quiet: { ...node('container_memory_working_set_bytes', '85x20'), ...machine('memory_bytes', '100x20') },
  },
  {
    ...{ rule: 'ContainerNearMemoryLimit', at: 15, labels: CONTAINER },
    fires: { ...container('memory_working_set_bytes', '95x20'), ...container('spec_memory_limit_bytes', '100x20') },
    // No limit is told as 0.
    quiet: { ...container('memory_working_set_bytes', '95x20'), ...container('spec_memory_limit_bytes', '0x20') },
  },
  {
    ...{ rule: 'PodRestarts', at: 12, labels: CONTAINER },
    fires: {
      ...container('start_time_seconds', '10x2 _x20', 'a'),
      ...container('start_time_seconds', '_x3 180x2 _x20', 'b'),
      ...container('start_time_seconds', '_x6 360x2 _x20', 'c'),
      ...container('start_time_seconds', '_x9 540x20', 'd'),
    },
    quiet: {
      ...container('start_time_seconds', '10x4 _x20', 'a'),
      ...container('start_time_seconds', '_x5 300x20', 'b'),
    },
  },
  {
    ...{ rule: 'VolumeFills', at: 20 },
    labels: { namespace: 'nova-monitoring', persistentvolumeclaim: 'prometheus' },
    fires: { ...claim('available', '5x30'), ...claim('capacity', '100x30') },
    quiet: { ...claim('available', '50x30'), ...claim('capacity', '100x30') },
  },
  // targets
  {
    ...{ rule: 'targets:up:ratio', at: 5, value: 0.5, labels: { job: 'turn' } },
    fires: { 'up{job="turn",instance="a"}': '1x10', 'up{job="turn",instance="b"}': '0x10' },
  },
  {
    ...{ rule: 'TargetDown', at: 10 },
    labels: { job: 'messaging', instance: '10.0.0.1:80', pod: 'messaging-service-1' },
    fires: up('messaging', '0x20', ',pod="messaging-service-1"'),
    // LiveKit's pods have an alert of their own.
    quiet: { ...up('messaging', '1x20'), ...up('livekit', '0x20') },
  },
  {
    ...{ rule: 'TargetAbsent', at: 10, labels: { job: 'turn' } },
    fires: { ...up('messaging', '1x20'), ...up('ingress', '1x20') },
    quiet: { ...up('messaging', '1x20'), ...up('ingress', '1x20'), ...up('turn', '0x20') },
  },
  { rule: 'DeadMansSwitch', at: 1, labels: {}, fires: {} },
  // monitoring
  {
    ...{ rule: 'RulesFail', at: 10, labels: { job: 'prometheus', rule_group: 'g' } },
    fires: own('prometheus', 'prometheus_rule_evaluation_failures_total', ',rule_group="g"', '0+1x20'),
    quiet: own('prometheus', 'prometheus_rule_evaluation_failures_total', ',rule_group="g"', '7x20'),
  },
  {
    ...{ rule: 'AlertsNotSent', at: 10, labels: { job: 'prometheus', alertmanager: 'http://a' } },
    fires: own('prometheus', 'prometheus_notifications_errors_total', ',alertmanager="http://a"', '0+1x20'),
    quiet: own('prometheus', 'prometheus_notifications_errors_total', ',alertmanager="http://a"', '0x20'),
  },
  {
    ...{ rule: 'NotificationsFail', at: 10, labels: { integration: 'slack' } },
    fires: own(
      'alertmanager',
      'alertmanager_notifications_failed_total',
      ',integration="slack",reason="other"',
      '0+1x20',
    ),
    quiet: own(
      'alertmanager',
      'alertmanager_notifications_failed_total',
      ',integration="slack",reason="other"',
      '3x20',
    ),
  },
  {
    ...{ rule: 'SamplesDropped', at: 15, labels: { job: 'prometheus' } },
    fires: own('prometheus', 'prometheus_target_scrapes_exceeded_sample_limit_total', '', '0+1x20'),
    quiet: own('prometheus', 'prometheus_target_scrapes_exceeded_sample_limit_total', '', '0x20'),
  },
];

/** A healthy world on which the alert of joins stays quiet; for the test that a wrong expectation is found. */
export const HEALTHY = COULD_JOIN;
