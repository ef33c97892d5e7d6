import { documentedCode } from '../runner/documentation.ts';
import { code, details, fence, plain, prose } from '../runner/markdown.ts';
import { loadWords } from '../livekit/load.ts';
import { drainWords } from './rollout/drain.ts';
import { nodesPart } from './nodes/render.ts';
import type { DeployResult, DeployStatus } from './result.ts';
import { timelinePart } from './timeline-picture.ts';

const words: Record<DeployStatus, string> = {
  deployed: '✅ deployed',
  draining: '⏳ deployed, old pods are draining',
  'rolled-back': '↩️ rolled back',
  failed: '❌ failed',
};

/** The job summary of a deploy, in GitHub's markdown. Pure. */
export function renderDeploy(result: DeployResult, environment: string, now: Date): string {
  const revision = result.revision === undefined ? 'none' : String(result.revision);
  const before = result.previousRevision === undefined ? 'first install' : `before: ${result.previousRevision}`;
  const lines = [
    `## helm-deploy ${environment}: ${words[result.status]}`,
    '',
    '| release | namespace | chart | revision | image | pods ready | duration |',
    '|---|---|---|---|---|---|---|',
    `| ${plain(result.release)} | ${plain(result.namespace)} | ${plain(`${result.chart.name} ${result.chart.version}`)} | ${revision} (${before}) | ${result.image === '' ? '' : code(result.image)} | ${result.podsReady} of ${result.podsWanted} | ${duration(result.durationSeconds)} |`,
    '',
  ];
  if (result.failure !== undefined) {
    const { code: failureCode, message, why, fix, evidence } = result.failure;
    lines.push(
      `${documentedCode(failureCode)} ${prose(message)}`,
      '',
      `*Why:* ${prose(why)}`,
      '',
      `*Fix:* ${prose(fix)}`,
      '',
    );
    if (evidence !== undefined) {
      lines.push(details('Evidence', fence('text', evidence)), '');
    }
  }
  if (result.draining.length > 0) {
    lines.push('| still draining | node | calls | for |', '|---|---|---|---|');
    for (const pod of result.draining) {
      const load = pod.load === undefined ? 'not known' : loadWords(pod.load);
      lines.push(`| ${code(pod.name)} | ${plain(pod.node)} | ${load} | ${drainWords(pod)} |`);
    }
    const next = result.nodes === undefined ? ' The next deploy, or `mode: follow`, goes on with them.' : '';
    lines.push('', `They take no new rooms.${next}`, '');
  }
  lines.push(...nodesPart(result.nodes));
  lines.push(...timelinePart(result.lives ?? [], now));
  if (result.pods.length > 0) {
    lines.push('| pod | node | image | ready | age | state |', '|---|---|---|---|---|---|');
    for (const pod of result.pods) {
      const age = duration((now.getTime() - Date.parse(pod.created)) / 1000);
      lines.push(
        `| ${code(pod.name)} (${pod.age}) | ${plain(pod.node)} | ${pod.image === '' ? '' : code(pod.image)} | ${pod.ready ? 'yes' : 'no'} | ${age} | ${plain(pod.state)} |`,
      );
    }
  }
  return lines.join('\n');
}

/** 75 is `1 min 15 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
