import type { Board } from './dashboard.ts';

/** coturn counts traffic when a session ends, so that its lines have steps; `turn_total_allocations` is a gauge. */
export const turn: Board = {
  uid: 'livekit-gke-turn',
  title: 'TURN',
  rows: [
    {
      title: 'Allocations',
      panels: [
        { title: 'Allocations', kind: 'stat', unit: 'short', queries: { allocations: 'sum(turn_total_allocations)' } },
        { title: 'Servers', kind: 'stat', unit: 'short', queries: { servers: 'sum(up{job="turn"})' } },
        {
          ...{ title: 'Allocations by transport', kind: 'lines', unit: 'short' },
          queries: { '{{type}}': 'sum by (type) (turn_total_allocations)' },
        },
        {
          ...{ title: 'Asked for credentials', kind: 'lines', unit: 'reqps' },
          description:
            'The first answer to every client. Many of them without an allocation: the credentials are wrong.',
          queries: { '401': 'sum(rate(turn_unauthenticated_401_responses[5m]))' },
        },
      ],
    },
    {
      title: 'Traffic',
      panels: [
        {
          ...{ title: 'Relayed, of sessions that have ended', kind: 'lines', unit: 'Bps' },
          queries: {
            'from clients': 'sum(rate(turn_total_traffic_rcvb[10m]))',
            'to clients': 'sum(rate(turn_total_traffic_sentb[10m]))',
          },
        },
        {
          ...{ title: 'STUN', kind: 'lines', unit: 'reqps' },
          queries: {
            requests: 'sum(rate(stun_binding_request[5m]))',
            errors: 'sum(rate(stun_binding_error[5m]))',
          },
        },
      ],
    },
  ],
};
