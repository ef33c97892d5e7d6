import type { Board } from './dashboard.ts';

export const messaging: Board = {
  uid: 'livekit-gke-messaging',
  title: 'Messaging service',
  rows: [
    {
      title: 'Requests',
      panels: [
        { title: 'Requests', kind: 'stat', unit: 'reqps', queries: { requests: 'sum(messaging:requests:rate5m)' } },
        {
          title: 'Server errors',
          kind: 'stat',
          unit: 'percentunit',
          queries: { errors: 'max(messaging:server_errors:ratio_rate5m)' },
        },
        { title: 'WebSockets', kind: 'stat', unit: 'short', queries: { open: 'sum(websocket_connections_active)' } },
        { title: 'Pods', kind: 'stat', unit: 'short', queries: { pods: 'sum(up{job="messaging"})' } },
        {
          ...{ title: 'Requests by path', kind: 'lines', unit: 'reqps' },
          queries: { '{{path}}': 'sum by (path) (rate(http_requests_total[5m]))' },
        },
        {
          ...{ title: 'Duration, median and 95 %', kind: 'lines', unit: 's' },
          queries: {
            median: 'histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))',
            '95 %': 'messaging:request_duration:p95_rate5m',
          },
        },
      ],
    },
    {
      title: 'WebSockets and database',
      panels: [
        {
          ...{ title: 'WebSockets by pod', kind: 'lines', unit: 'short' },
          queries: { '{{pod}}': 'sum by (pod) (websocket_connections_active)' },
        },
        {
          ...{ title: 'Errors', kind: 'lines', unit: 'reqps' },
          queries: { WebSocket: 'messaging:websocket_errors:rate5m', database: 'messaging:database_errors:rate5m' },
        },
        {
          ...{ title: 'Database queries, 95 %', kind: 'lines', unit: 's' },
          queries: { duration: 'messaging:database_query_duration:p95_rate5m' },
        },
        {
          ...{ title: 'Memory and processors by pod', kind: 'lines', unit: 'short' },
          queries: {
            'MiB {{pod}}': 'sum by (pod) (container_memory_usage_bytes{pod=~"messaging-service-.*"}) / 1048576',
            'processors {{pod}}':
              'sum by (pod) (rate(container_cpu_usage_seconds_total{pod=~"messaging-service-.*"}[5m]))',
          },
        },
      ],
    },
  ],
};
