import { byGravity, type GuardFinding } from '../guards/finding.ts';
import type { GuardLevel } from '../guards/level.ts';
import { cut } from './attributes.ts';
import { code, plain, plural } from '../../runner/markdown.ts';
import type { Depth } from './resources.ts';

const MOST_LINES: Record<Depth, number> = { full: 50, changed: 30, list: 15, short: 5, counts: 0 };
const LONGEST_LINE = 400;
const ICONS: Record<GuardLevel, string> = { block: '⛔', 'needs-label': '🔒', warn: '⚠️' };

/** What the guards ask for and of whom, in one sentence, then what they found. `label` is null for a plan of a run. */
export function guardPart(
  findings: readonly GuardFinding[],
  depth: Depth,
  label: string | null = 'allow-destroy',
): string[] {
  if (findings.length === 0) return [];
  const sorted = byGravity(findings);
  const lines = sorted.slice(0, MOST_LINES[depth]).map(line);
  const rest = findings.length - lines.length;
  const more = rest > 0 && lines.length > 0 ? [`- and ${plural(rest, 'more finding')}`] : [];
  return [[alert(sorted, label), ...lines, ...more].join('\n')];
}

function alert(findings: readonly GuardFinding[], label: string | null): string {
  const count = (level: GuardLevel) => findings.filter((finding) => finding.level === level).length;
  const [blocked, asks] = [count('block'), count('needs-label')];
  if (blocked > 0)
    return `> [!CAUTION]\n> **This plan will not be applied**: ${plural(blocked, 'rule')} of the policy forbid${blocked === 1 ? 's' : ''} it.\n`;
  if (asks > 0) {
    const needs =
      label === null
        ? `the input ${code('allow-destroy: true')}**, in a job with a GitHub environment, whose reviewers agree.`
        : `the label ${code(label)}**, put on after this plan was made by a person with write access; the next push makes it void.`;
    return `> [!WARNING]\n> **This plan is applied only with ${needs}\n`;
  }
  return `> [!NOTE]\n> ${plural(findings.length, 'remark')} of the policy.\n`;
}

function line({ address, message, level }: GuardFinding): string {
  const where = address === undefined ? '' : `${code(cut(address, LONGEST_LINE))} · `;
  return `- ${ICONS[level]} ${where}${plain(cut(message, LONGEST_LINE))}`;
}
