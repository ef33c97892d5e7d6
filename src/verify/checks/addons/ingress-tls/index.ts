import type { Check } from '../../../check.ts';
import { address } from './address.ts';
import { certificate } from './certificate.ts';
import { connections } from './connections.ts';
import { cors } from './cors.ts';
import { headers } from './headers.ts';
import { health } from './health.ts';
import { ingress } from './ingress.ts';
import { rate } from './rate.ts';
import { webSocket } from './web-socket.ts';

/** The checks of the add-on ingress-tls, in the order of the table. */
export const ingressTlsChecks: readonly Check[] = [
  address,
  ingress,
  health,
  certificate,
  headers,
  cors,
  rate,
  connections,
  webSocket,
];
