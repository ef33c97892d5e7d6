import { isReplaced, strings, written } from '../values/tree.ts';
import type { Finding, PreflightContext } from './rule.ts';

const PLACEHOLDER = /\bTODO\b|\bYOUR[_-]|\bCHANGE_?ME\b|\bexample\.(com|org|net)\b|^<[^<>]+>$/i;

/** What was copied from a sample and never filled in. What Terraform gave is Terraform's to judge: only a warning. */
export const placeholder = ({ layers }: Pick<PreflightContext, 'layers'>): Finding[] => {
  const findings: Finding[] = [];
  for (const [index, layer] of layers.entries()) {
    const over = layers.slice(index + 1).map(({ values }) => values);
    for (const { path, text } of strings(layer.values)) {
      const found = PLACEHOLDER.exec(text)?.[0];
      // A sample that a file of one's own stands over: nothing of it is used.
      if (found === undefined || isReplaced(over, path)) continue;
      const level = layer.place === undefined && layer.name !== 'the input `set`' ? 'warning' : 'error';
      findings.push({
        kind: 'placeholder',
        level,
        what: `\`${written(path)}\` holds the placeholder ${found} (from ${layer.name}).`,
        path,
      });
    }
  }
  return findings;
};
