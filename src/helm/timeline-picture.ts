import { details, fence } from '../runner/markdown.ts';
import type { PodLife } from './rollout/timeline.ts';

/** More pods make a picture that nobody reads. */
const MOST_PODS = 20;
/** Shown of an old pod's life before anything happens to it. */
const LEAD = 0.1;

/** What became of the pods, as a picture that GitHub draws; nothing when nothing became of them. Pure. */
export function timelinePart(lives: readonly PodLife[], now: Date): string[] {
  const text = timelineDiagram(lives, now);
  return text === undefined ? [] : [details('<b>Timeline</b> of the pods', fence('mermaid', text), true), ''];
}

/** The text of a mermaid Gantt chart: a section for each pod, a bar for each part of its life. */
export function timelineDiagram(lives: readonly PodLife[], now: Date): string | undefined {
  // An old pod that serves as before is no part of the story, nor is a new one of an earlier run.
  const changed = lives.filter(({ age, ending, gone }) => age === 'new' || ending !== undefined || gone !== undefined);
  if (changed.length === 0) return undefined;
  const end = now.getTime();
  const first = Math.min(...changed.map(({ age, created, ending }) => (age === 'new' ? created : (ending ?? end))));
  const start = first - Math.max(1000, (end - first) * LEAD);
  const sections = changed.slice(-MOST_PODS).flatMap((life) => {
    const bars = barsOf(life, end).flatMap(([words, kind, from, to]) => {
      const begin = Math.max(from, start);
      return to - begin < 1 ? [] : [`    ${words} :${kind}${Math.round(begin)}, ${Math.round(to)}`];
    });
    const node = life.node === '' ? '' : ` on ${life.node}`;
    return bars.length === 0 ? [] : [`  section ${safe(`${life.name} (${life.age})${node}`)}`, ...bars];
  });
  if (sections.length === 0) return undefined;
  return ['gantt', '  dateFormat x', '  axisFormat %H:%M:%S', ...sections].join('\n');
}

type Bar = readonly [words: string, kind: string, from: number, to: number];

function barsOf({ created, scheduled, ready, ending, gone }: PodLife, now: number): Bar[] {
  const over = gone ?? now;
  const ended = ending ?? over;
  return [
    ['waits for a node', 'crit, ', created, Math.min(scheduled ?? ended, ended)],
    ...(scheduled === undefined ? [] : [['starts', '', scheduled, Math.min(ready ?? ended, ended)] as const]),
    ...(ready === undefined ? [] : [['ready', 'active, ', ready, ended] as const]),
    ...(ending === undefined ? [] : [['ends', 'done, ', ending, over] as const]),
  ];
}

/** Names of the cluster's objects have none of these signs; what comes from elsewhere must not break the picture. */
const safe = (text: string) => text.replace(/[^\w .()-]/g, '_');
