import type { Check } from '../check.ts';
import { api } from './api.ts';
import { cluster } from './cluster.ts';
import { health } from './health.ts';
import { metrics } from './metrics.ts';
import { nodeSpread } from './node-spread.ts';
import { podsKnown } from './pods-known.ts';
import { podsReady } from './pods-ready.ts';
import { signal } from './signal.ts';
import { signalLife } from './signal-life.ts';
import { signalJoin } from './signal-join.ts';
import { turnCredentials } from './turn-credentials.ts';
import { turnRelay } from './turn-relay.ts';
import { turnTls } from './turn-tls.ts';
import { mediaChecks } from './media.ts';

/** Every check, in the order of the table. A new one is a file of its own and a line here. */
export const checks: readonly Check[] = [
  cluster,
  podsReady,
  nodeSpread,
  podsKnown,
  health,
  signal,
  signalJoin,
  signalLife,
  api,
  ...mediaChecks,
  turnTls,
  turnCredentials,
  turnRelay,
  metrics,
];
