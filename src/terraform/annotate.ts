import { log } from '../runner/log.ts';
import { type Diagnostic, placeOf, sentence } from './message.ts';

/** GitHub shows ten annotations of a level for each step; one of them is the step's own failure. */
const ANNOTATION_LIMIT = 9;

/** Prints diagnostics as annotations on their files: errors first, those with a place before the others; the rest as lines. */
export function annotate(diagnostics: readonly Diagnostic[], repositoryPath: string): void {
  const sorted = distinct(diagnostics)
    .map((diagnostic) => ({ ...diagnostic, place: placeOf(diagnostic, repositoryPath) }))
    .toSorted((a, b) => weight(a) - weight(b));
  for (const level of ['error', 'warning'] as const) {
    const all = sorted.filter(({ severity }) => severity === level);
    for (const { summary, detail, place } of all.slice(0, ANNOTATION_LIMIT)) {
      const text = [summary, detail.trim()].filter((part) => part !== '').join('\n');
      if (level === 'error') log.error(text, place, 'Terraform');
      else log.warning(text, place);
    }
    for (const diagnostic of all.slice(ANNOTATION_LIMIT)) log.info(sentence(diagnostic, repositoryPath));
  }
}

const weight = ({ severity, place }: { severity: string; place: unknown }) =>
  (severity === 'error' ? 0 : 2) + (place === undefined ? 1 : 0);

/** An interrupted Terraform says `execution halted` once for each resource that it did not come to. */
function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const byText = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]));
  return [...byText.values()].filter(({ summary }) => summary !== 'execution halted');
}
