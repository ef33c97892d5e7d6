import { grafanaDashboard } from './dashboard.ts';
import { ingress } from './ingress.ts';
import { livekit } from './livekit.ts';
import { messaging } from './messaging.ts';
import { turn } from './turn.ts';

/** The dashboards of the add-on monitoring. Their queries are held to promtool and to the series that are known. */
export const dashboards = [livekit, turn, ingress, messaging].map(grafanaDashboard);
