import { code } from '../../runner/markdown.ts';
import type { NodeMove } from './move.ts';

/** What a summary says of the pools; nothing for what was no node upgrade. Pure. */
export function nodesPart(move: NodeMove | undefined): string[] {
  if (move === undefined) return [];
  const lines = ['| node pool | nodes | cordoned | pods of LiveKit |', '|---|---|---|---|'];
  for (const { name, age, nodes, cordoned, pods } of move.pools) {
    lines.push(`| ${code(name)} (${age === 'current' ? 'newest' : 'old'}) | ${nodes} | ${cordoned} | ${pods} |`);
  }
  return [...lines, '', nextStep(move, code), '', ...otherWords(move.others)];
}

/** What is to be done now, in one sentence or two; the log ends with it. */
export function nextStep({ pools, isEmpty }: NodeMove, quote: (name: string) => string): string {
  const older = pools.filter(({ age }) => age === 'older');
  const called = older.map(({ name }) => quote(name)).join(', ');
  return isEmpty
    ? `No pod of LiveKit is left on ${called}. Next: the pull request that takes its generation out of \`livekit_pool_generations\`; it destroys a protected type, hence needs the label \`allow-destroy\`.`
    : `LiveKit’s pods have not all left ${called} yet. Run \`mode: upgrade-nodes\` again until they have; to remove the pool before would cut their calls.`;
}

function otherWords(others: readonly string[]): string[] {
  if (others.length === 0) return [];
  const shown = others.slice(0, 10).map((name) => code(name));
  const more = others.length > shown.length ? ` and ${others.length - shown.length} more` : '';
  return [`Not LiveKit’s, and they end with their node: ${shown.join(', ')}${more}.`, ''];
}
