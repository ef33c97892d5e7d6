import type { Board } from './dashboard.ts';

export const ingress: Board = {
  uid: 'livekit-gke-ingress',
  title: 'Ingress',
  rows: [
    {
      title: 'Requests',
      panels: [
        { title: 'Requests', kind: 'stat', unit: 'reqps', queries: { requests: 'sum(ingress:requests:rate5m)' } },
        {
          title: 'Open connections',
          kind: 'stat',
          unit: 'short',
          queries: { connections: 'sum(traefik_open_connections)' },
        },
        {
          ...{ title: 'Refused by limits', kind: 'stat', unit: 'reqps' },
          queries: { '429': 'sum(rate(traefik_entrypoint_requests_total{code="429"}[5m]))' },
        },
        {
          ...{ title: 'Days left of certificates', kind: 'stat', unit: 'd' },
          queries: { '{{target}}': 'certificate:remaining:seconds{source="ingress"} / 86400' },
        },
        {
          ...{ title: 'Requests by service', kind: 'lines', unit: 'reqps' },
          queries: { '{{service}}': 'ingress:requests:rate5m' },
        },
        {
          ...{ title: 'Server errors', kind: 'lines', unit: 'percentunit' },
          queries: { '{{service}}': 'ingress:server_errors:ratio_rate5m' },
        },
        {
          ...{ title: 'Answers by code', kind: 'lines', unit: 'reqps' },
          queries: { '{{code}}': 'sum by (code) (rate(traefik_entrypoint_requests_total[5m]))' },
        },
        {
          ...{ title: 'Duration, 95 %', kind: 'lines', unit: 's' },
          queries: {
            '{{service}}':
              'histogram_quantile(0.95, sum by (service, le) (rate(traefik_service_request_duration_seconds_bucket[5m])))',
          },
        },
      ],
    },
  ],
};
