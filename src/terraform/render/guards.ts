import { byGravity, type GuardFinding } from '../guards/finding.ts';
import type { GuardLevel } from '../guards/level.ts';
import { cut } from './attributes.ts';
import { code, plain, plural } from '../../runner/markdown.ts';
import type { Depth } from './resources.ts';

const MOST_LINES: Record<Depth, number> = { full: 50, changed: 30, list: 15, short: 5, counts: 0 };
const LONGEST_LINE = 400;
const ICONS: Record<GuardLevel, string> = { block: '⛔', 'needs-label': '🔒', warn: '⚠️' };

/** What the guards ask for, in one sentence, then what they found. `label` is what allows it. */
export function guardPart(findings: readonly GuardFinding[], depth: Depth, label = 'allow-destroy'): string[] {
  if (findings.length === 0) return [];
  const sorted = byGravity(findings);
  const lines = sorted.slice(0, MOST_LINES[depth]).map(line);
  const rest = findings.length - lines.length;
  const more = rest > 0 && lines.length > 0 ? [`- and ${plural(rest, 'more finding')}`] : [];
  return [[alert(sorted, label), ...lines, ...more].join('\n')];
}

function alert(findings: readonly GuardFinding[], label: string): string {
  const count = (level: GuardLevel) => findings.filter((finding) => finding.level === level).length;
  const [blocked, asks] = [count('block'), count('needs-label')];
  if (blocked > 0)
    return `> [!CAUTION]\n> **This plan will not be applied**: ${plural(blocked, 'rule')} of the policy forbid${blocked === 1 ? 's' : ''} it.\n`;
  if (asks > 0)
    return `> [!WARNING]\n> **This plan is applied only with the label ${code(label)}**, put on after this plan was made by a person with write access; the next push makes it void.\n`;
  return `> [!NOTE]\n> ${plural(findings.length, 'remark')} of the policy.\n`;
}

function line({ address, message, level }: GuardFinding): string {
  const where = address === undefined ? '' : `${code(cut(address, LONGEST_LINE))} · `;
  return `- ${ICONS[level]} ${where}${plain(cut(message, LONGEST_LINE))}`;
}
