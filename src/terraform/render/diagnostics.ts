import { code, details, fence, plain, plural, prose } from '../../runner/markdown.ts';
import { redact } from '../../runner/mask.ts';
import { type Diagnostic, placeOf } from '../message.ts';
import { hideInText } from '../redaction.ts';
import { cut } from './attributes.ts';
import { placeLink } from './place-link.ts';
import type { PlanReport } from './report.ts';
import type { Depth } from './resources.ts';

const MOST_WARNINGS = 20;
const MOST_PLACES = 5;
const LONGEST_DETAIL = 600;
const LONGEST_SNIPPET = 400;

/** Failed checks, then what Terraform warned of, each once with all of its places. */
export function diagnosticPart(report: PlanReport, depth: Depth): string[] {
  const { failedChecks } = report.model;
  const all = grouped(report.warnings);
  if (failedChecks.length + all.length === 0) return [];
  if (depth === 'counts' || depth === 'short')
    return [`${plural(report.warnings.length, 'warning')}, ${plural(failedChecks.length, 'failed check')}`];
  const told = all.slice(0, MOST_WARNINGS).map((group) => warning(group, report, depth));
  const rest = all.length - told.length;
  return [
    [
      ...failedChecks.map((check) => `- ❌ ${plain(check)}`),
      ...told,
      ...(rest > 0 ? [`- and ${plural(rest, 'more warning')}`] : []),
    ].join('\n'),
  ];
}

/** The same words about many places are said once. */
function grouped(diagnostics: readonly Diagnostic[]): Diagnostic[][] {
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const words = `${diagnostic.summary}\n${diagnostic.detail}`;
    const group = groups.get(words);
    if (group === undefined) groups.set(words, [diagnostic]);
    else group.push(diagnostic);
  }
  return [...groups.values()];
}

function warning(group: readonly Diagnostic[], report: PlanReport, depth: Depth): string {
  const [first] = group;
  if (first === undefined) return '';
  const places = [...new Set(group.flatMap((diagnostic) => whereOf(diagnostic, report)))];
  const shown = places.slice(0, MOST_PLACES).join(', ');
  const rest = places.length - Math.min(places.length, MOST_PLACES);
  const where = shown === '' ? '' : ` in ${shown}${rest > 0 ? ` and ${plural(rest, 'more place')}` : ''}`;
  // Known secrets go before anything is cut or escaped: afterwards they would not be recognised.
  const detail = prose(cut(redact(first.detail.trim()), LONGEST_DETAIL));
  const head = `- ⚠️ **${plain(redact(first.summary))}**${where}${detail === '' ? '' : `: ${detail}`}`;
  const snippet = first.snippet?.code;
  if (depth !== 'full' || snippet === undefined || snippet.trim() === '') return head;
  const text = fence('hcl', cut(hideInText(redact(snippet)), LONGEST_SNIPPET));
  return `${head}\n${indented(details('The line', text))}`;
}

const indented = (text: string) => text.replace(/^(?=.)/gm, '  ');

/** `dev/main.tf:12` as a link to the line, else the resource. */
function whereOf(diagnostic: Diagnostic, { repositoryPath, origin }: PlanReport): string[] {
  const place = placeOf(diagnostic, repositoryPath);
  if (place === undefined) return diagnostic.address === undefined ? [] : [code(redact(diagnostic.address))];
  return [placeLink(place, origin.commitUrl)];
}
