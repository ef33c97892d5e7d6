import type { Addon } from './addon.ts';
import { ingressTls } from './ingress-tls.ts';
import { monitoring } from './monitoring.ts';
import { turnServer } from './turn-server.ts';

/** The add-ons that have facts or rules; one is a file and a line here. */
export const addons: readonly Addon[] = [ingressTls, monitoring, turnServer];
