import type { Bench } from './bar.ts';
import { archive } from './archive.ts';
import { rendering } from './rendering.ts';
import { start } from './start.ts';
import { step } from './step.ts';

export const benches: readonly Bench[] = [start, rendering, step, archive];
