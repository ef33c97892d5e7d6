import { strings, written } from '../values/tree.ts';
import type { Finding, PreflightContext } from './rule.ts';

const PLACEHOLDER = /\bTODO\b|\bYOUR[_-]|\bCHANGE_?ME\b|\bexample\.(com|org|net)\b|^<[^<>]+>$/i;

/** What was copied from a sample and never filled in. What Terraform gave is Terraform's to judge: only a warning. */
export const placeholder = ({ layers }: Pick<PreflightContext, 'layers'>): Finding[] => {
  const findings: Finding[] = [];
  for (const layer of layers) {
    for (const { path, text } of strings(layer.values)) {
      const found = PLACEHOLDER.exec(text)?.[0];
      if (found === undefined) continue;
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
