import { configurationKeys, type KnownKeys, LISTED_SERVER } from '../livekit/configuration-keys.ts';
import { isMapping, type Path, written } from '../values/tree.ts';
import type { Finding, PreflightRule } from './rule.ts';

/** The chart reads these itself and writes them into the server's configuration, where they do no harm. */
const CHART_KEYS = new Set([
  'livekit.turn.secretName',
  'livekit.turn.serviceType',
  'livekit.turn.loadBalancerAnnotations',
]);

/**
 * The server is started with `--disable-strict-config`, so it ignores a key that it does not know without a word. A key
 * that looks like a known one is a typing error and stops the deploy; another one may be newer than the list, and warns.
 */
export const configurationKey: PreflightRule = ({ given }) => {
  const livekit = given['livekit'];
  return isMapping(livekit) ? [...unknownKeys(livekit, configurationKeys, ['livekit'])] : [];
};

function* unknownKeys(value: unknown, known: KnownKeys, path: Path): Generator<Finding> {
  if (Array.isArray(value)) {
    for (const [place, item] of value.entries()) yield* unknownKeys(item, known, [...path, place]);
    return;
  }
  if (!isMapping(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    const below = Object.hasOwn(known, key) ? known[key] : known['*'];
    const here = [...path, key];
    if (CHART_KEYS.has(here.join('.'))) continue;
    if (below === undefined) yield unknown(here, key, Object.keys(known));
    else if (below !== true) yield* unknownKeys(inner, below, here);
  }
}

function unknown(path: Path, key: string, known: readonly string[]): Finding {
  const meant = known.find((candidate) => isTypingErrorOf(key, candidate));
  const what = `\`${written(path)}\` is no key of LiveKit’s configuration (as of server ${LISTED_SERVER}), and the server ignores it without a word`;
  return meant === undefined
    ? { kind: 'configurationKey', level: 'warning', what: `${what}.`, path }
    : { kind: 'configurationKey', level: 'error', what: `${what}. Is \`${meant}\` meant?`, path };
}

/** The same letters in another way of writing, or one or two letters off. */
function isTypingErrorOf(key: string, known: string): boolean {
  const bare = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (bare(key) === bare(known)) return true;
  const allowed = known.length < 5 ? 1 : 2;
  return Math.abs(key.length - known.length) <= allowed && distance(key, known) <= allowed;
}

/** Levenshtein's distance of two short words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
