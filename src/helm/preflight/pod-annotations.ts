import { at } from '../values/tree.ts';
import type { PreflightRule } from './rule.ts';

/** `podAnnotations: null` (a key with nothing after it) makes the chart render invalid YAML. */
export const podAnnotations: PreflightRule = ({ layers }) =>
  layers
    .filter(({ values }) => at(values, ['podAnnotations']) === null)
    .map(({ name }) => ({
      kind: 'podAnnotations' as const,
      level: 'error' as const,
      what: `\`podAnnotations\` is null (from ${name}).`,
      path: ['podAnnotations'],
    }));
