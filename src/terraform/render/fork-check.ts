import { code, plural } from '../../runner/markdown.ts';
import type { ForkCheck } from '../check-fork.ts';

/** What the summary says of a fork's pull request that passed. */
export function renderForkCheck(environment: string, pullRequest: number, check: ForkCheck, runUrl: string): string {
  const warnings = check.warnings === 0 ? '' : `, with ${plural(check.warnings, 'warning')}`;
  return [
    `### ✅ ${environment}: valid and formatted, not planned`,
    `> [!NOTE]\n> Pull request ${pullRequest} comes from a fork. A plan runs its code with credentials, so there is none; to have one, a maintainer pushes the branch to this repository after reading it.`,
    `${code('init -backend=false')}, ${code('validate')} and ${code('fmt -check')} passed${warnings}.`,
    `<sub>${check.engine} · [run](${runUrl})</sub>`,
  ].join('\n\n');
}
