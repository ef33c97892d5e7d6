import { duration } from '../helm/render.ts';
import { documentedCode } from '../runner/documentation.ts';
import { code, details, fence, plain, prose } from '../runner/markdown.ts';
import { type Application, isAutomated, revisionsOf, short, sourcesOf } from './application.ts';
import type { GitopsResult } from './result.ts';

const WORDS = { deployed: '✅ synced and healthy', 'rolled-back': '↩️ rolled back', failed: '❌ failed' };

/** The job summary, in GitHub's markdown. Pure. */
export function renderGitops(result: GitopsResult, environment: string): string {
  const { application, namespace, status, wanted, seen, notes, failure } = result;
  const lines = [
    `## helm-deploy ${plain(environment)}: ${plain(application)} ${WORDS[status]}`,
    '',
    '| application | namespace | wanted | at | sync | health | automated | duration |',
    '|---|---|---|---|---|---|---|---|',
    `| ${plain(application)} | ${plain(namespace)} | ${wanted === undefined ? 'what git has' : code(short(wanted))} | ${at(seen)} | ${plain(seen?.status.sync.status ?? '')} | ${plain(seen?.status.health.status ?? '')} | ${seen === undefined ? '' : isAutomated(seen) ? 'on' : 'off'} | ${duration(result.durationSeconds)} |`,
    '',
  ];
  if (failure !== undefined) {
    lines.push(
      `${documentedCode(failure.code)} ${prose(failure.message)}`,
      '',
      `*Why:* ${prose(failure.why)}`,
      '',
      `*Fix:* ${prose(failure.fix)}`,
      '',
    );
    if (failure.evidence !== undefined) lines.push(details('Evidence', fence('text', failure.evidence)), '');
  }
  for (const note of notes) lines.push(`> ${prose(note)}`, '');
  if (seen !== undefined) lines.push(...rest(seen));
  return lines.join('\n').trimEnd();
}

const at = (seen: Application | undefined) =>
  seen === undefined
    ? ''
    : revisionsOf(seen.status.sync)
        .map((revision) => code(short(revision)))
        .join(', ');

function rest(seen: Application): string[] {
  const sources = sourcesOf(seen).map(
    ({ repoURL, targetRevision = 'HEAD' }) => `${plain(targetRevision)} of ${plain(repoURL)}`,
  );
  const history = seen.status.history.slice(-5).reverse();
  const lines = [`Source: ${sources.join('; ')}`, ''];
  if (history.length > 0) {
    lines.push('| history | revision | since |', '|---|---|---|');
    for (const entry of history) {
      lines.push(
        `| ${entry.id} | ${revisionsOf(entry)
          .map((revision) => code(short(revision)))
          .join(', ')} | ${plain(entry.deployedAt ?? '')} |`,
      );
    }
  }
  return lines;
}
