import type { Board } from './dashboard.ts';

/** Of LiveKit's series `room_total`, `participant_total` and `track_..._total` are gauges: summed, never given to rate(). */
export const livekit: Board = {
  uid: 'livekit-gke-livekit',
  title: 'LiveKit',
  rows: [
    {
      title: 'Calls',
      panels: [
        { title: 'Rooms', kind: 'stat', unit: 'short', queries: { rooms: 'sum(livekit_room_total)' } },
        {
          title: 'Participants',
          kind: 'stat',
          unit: 'short',
          queries: { participants: 'sum(livekit_participant_total)' },
        },
        {
          title: 'Published tracks',
          kind: 'stat',
          unit: 'short',
          queries: { tracks: 'sum(livekit_track_published_total)' },
        },
        { title: 'Servers', kind: 'stat', unit: 'short', queries: { servers: 'count(livekit_room_total)' } },
        {
          ...{ title: 'Participants by pod', kind: 'lines', unit: 'short' },
          queries: { '{{pod}}': 'sum by (pod) (livekit_participant_total)' },
        },
        {
          ...{ title: 'Joins by how far they came', kind: 'lines', unit: 'reqps' },
          queries: { '{{state}}': 'sum by (state) (rate(livekit_participant_join_total[5m]))' },
        },
      ],
    },
    {
      title: 'What goes wrong',
      panels: [
        {
          ...{ title: 'Joins that fail', kind: 'lines', unit: 'percentunit' },
          queries: {
            'before media': 'livekit:joins_failed:ratio_rate5m',
            'no media connection': 'livekit:media_failed:ratio_rate10m',
          },
        },
        {
          ...{ title: 'Packets lost', kind: 'lines', unit: 'percentunit' },
          queries: { '{{pod}}': 'livekit:packets_lost:ratio_rate5m' },
        },
        {
          ...{ title: 'Asked again: NACK, PLI, FIR', kind: 'lines', unit: 'reqps' },
          queries: {
            NACK: 'sum(rate(livekit_nack_total[5m]))',
            PLI: 'sum(rate(livekit_pli_total[5m]))',
            FIR: 'sum(rate(livekit_fir_total[5m]))',
          },
        },
        {
          ...{ title: 'Round trip, median and 95 %', kind: 'lines', unit: 'ms' },
          queries: {
            median: 'histogram_quantile(0.5, sum by (le) (rate(livekit_rtt_ms_bucket[5m])))',
            '95 %': 'histogram_quantile(0.95, sum by (le) (rate(livekit_rtt_ms_bucket[5m])))',
          },
        },
      ],
    },
    {
      title: 'Load',
      panels: [
        {
          ...{ title: 'Traffic', kind: 'lines', unit: 'Bps' },
          queries: { '{{direction}}': 'sum by (direction) (rate(livekit_packet_bytes[5m]))' },
        },
        {
          ...{ title: 'Processors of the nodes', kind: 'lines', unit: 'percentunit' },
          queries: { '{{node}}': 'node:cpu:ratio_rate5m' },
        },
        {
          ...{ title: 'Memory of the pods', kind: 'lines', unit: 'bytes' },
          queries: {
            '{{pod}}': 'sum by (pod) (container_memory_working_set_bytes{container="livekit-server"})',
          },
        },
        {
          ...{ title: 'Days left of certificates', kind: 'lines', unit: 'd' },
          queries: { '{{target}}': 'certificate:remaining:seconds / 86400' },
        },
      ],
    },
  ],
};
