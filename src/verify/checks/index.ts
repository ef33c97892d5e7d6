import type { Check } from '../check.ts';
import { alertSeries } from './alert-series.ts';
import { api } from './api.ts';
import { autoscaler } from './autoscaler.ts';
import { backendConfig } from './backend-config.ts';
import { capacity } from './capacity.ts';
import { closedPorts } from './closed-ports.ts';
import { cluster } from './cluster.ts';
import { disruption } from './disruption.ts';
import { dns } from './dns.ts';
import { firewall } from './firewall.ts';
import { health } from './health.ts';
import { https } from './https.ts';
import { ingress } from './ingress.ts';
import { managedCertificate } from './managed-certificate.ts';
import { mediaChecks } from './media.ts';
import { metrics } from './metrics.ts';
import { nodeSpread } from './node-spread.ts';
import { podsKnown } from './pods-known.ts';
import { podsReady } from './pods-ready.ts';
import { redis } from './redis.ts';
import { secrets } from './secrets.ts';
import { signal } from './signal.ts';
import { signalJoin } from './signal-join.ts';
import { signalLife } from './signal-life.ts';
import { turnCredentials } from './turn-credentials.ts';
import { turnRelay } from './turn-relay.ts';
import { turnTls } from './turn-tls.ts';
import { asFarAsAllowed } from '../rights.ts';

/** Every check, in the order of the table. A new one is a file of its own and a line here. */
export const checks: readonly Check[] = [
  cluster,
  asFarAsAllowed(capacity),
  podsReady,
  nodeSpread,
  asFarAsAllowed(disruption),
  asFarAsAllowed(autoscaler),
  health,
  metrics,
  asFarAsAllowed(dns),
  https,
  asFarAsAllowed(managedCertificate),
  asFarAsAllowed(ingress),
  asFarAsAllowed(backendConfig),
  signal,
  signalJoin,
  signalLife,
  api,
  podsKnown,
  redis,
  ...mediaChecks,
  alertSeries,
  turnTls,
  turnCredentials,
  turnRelay,
  asFarAsAllowed(secrets),
  firewall,
  closedPorts,
];
