import type { Check } from '../../../check.ts';
import { answers } from './answers.ts';
import { bandwidth } from './bandwidth.ts';
import { credentials } from './credentials.ts';
import { metrics } from './metrics.ts';
import { peers } from './peers.ts';
import { pods } from './pods.ts';
import { range } from './range.ts';
import { relays } from './relays.ts';

/** The checks of the add-on turn-server, in the order of the table. */
export const turnServerChecks: readonly Check[] = [
  pods,
  range,
  answers,
  relays,
  credentials,
  peers,
  bandwidth,
  metrics,
];
