import type { Check } from './check.ts';
import { verifyFailures } from './failures.ts';

/**
 * The checks whose id or tag is among `wanted`, with all that they need; all of them when nothing is wanted. Keeps the
 * list's order. Throws LK-VERIFY-002 for a word that names nothing.
 */
export function select<W>(checks: readonly Check<W>[], wanted: readonly string[]): Check<W>[] {
  if (wanted.length === 0) return [...checks];
  const byId = new Map(checks.map((check) => [check.id, check]));
  const chosen = new Set<string>();
  const add = (check: Check<W>) => {
    if (chosen.has(check.id)) return;
    chosen.add(check.id);
    for (const id of check.needs) {
      const needed = byId.get(id);
      if (needed !== undefined) add(needed);
    }
  };
  for (const word of wanted) {
    const named = checks.filter((check) => check.id === word || check.tags.includes(word));
    if (named.length === 0) {
      const tags = [...new Set(checks.flatMap((check) => check.tags))].sort();
      throw verifyFailures.failure('unknownCheck', {
        what: `There is no check or tag ${JSON.stringify(word)}.`,
        fix: `Use ids (${checks.map((check) => check.id).join(', ')}) or tags (${tags.join(', ')}).`,
      });
    }
    named.forEach(add);
  }
  return checks.filter((check) => chosen.has(check.id));
}

/** Ids whose failure is known and accepted. Throws LK-VERIFY-002 for a word that is no check's id. */
export function acceptable<W>(checks: readonly Check<W>[], ids: readonly string[]): ReadonlySet<string> {
  const unknown = ids.find((id) => !checks.some((check) => check.id === id));
  if (unknown !== undefined) {
    throw verifyFailures.failure('unknownCheck', {
      what: `The input accept names ${JSON.stringify(unknown)}, and there is no such check.`,
      fix: `Use ids: ${checks.map((check) => check.id).join(', ')}.`,
    });
  }
  return new Set(ids);
}
