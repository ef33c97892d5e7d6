import { createHmac } from 'node:crypto';
import type { Manifest } from '../../kubernetes/resources.ts';
import { log } from '../../runner/log.ts';
import { mask } from '../../runner/mask.ts';
import { helmFailures } from '../failures.ts';
import { isMapping } from '../values/tree.ts';

/** The Secret that holds LiveKit's API keys, and the name of its one entry (`livekit.key_file` must be the same). */
export const KEYS_SECRET = 'livekit-keys';
export const KEYS_FILE = 'keys.yaml';
/** On the pods, so that they roll when a key changes: the chart's own checksum does not cover the Secret. */
export const KEYS_HASH_ANNOTATION = 'livekit-gke/keys-hash';

/** LiveKit logs an error for shorter ones, and goes on. */
const SHORTEST_SECRET = 32;

/** One or more API keys with their secrets, in order. */
export type ApiKeys = ReadonlyMap<string, string>;

/** Reads lines `key: secret`, as Secret Manager holds them. Every secret is masked. Throws LK-HELM-005. */
export async function parseKeys(text: string, source: string): Promise<ApiKeys> {
  mask(text);
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    // Without `failsafe` a key of digits would become a number.
    value = parse(text, { schema: 'failsafe' });
  } catch {
    // The parser's words quote the line, and the line is a secret.
    throw helmFailures.failure('keys', { what: `${source} is not YAML of the form \`key: secret\`.` });
  }
  const entries = isMapping(value) ? Object.entries(value) : [];
  if (entries.length === 0 || entries.some(([, secret]) => typeof secret !== 'string' || secret === '')) {
    throw helmFailures.failure('keys', { what: `${source} is not of the form \`key: secret\`.` });
  }
  return checked(entries as [string, string][], source);
}

/**
 * The keys from the action's inputs: one a line, and the secret of each in the same line of the other. Throws LK-HELM-005 and
 * -091.
 */
export function pairKeys(keys: string, secrets: string): ApiKeys {
  const [names, values] = [linesOf(keys), linesOf(secrets)];
  values.forEach(mask);
  if (names.length !== values.length) {
    throw helmFailures.failure('pairs', {
      what: `\`livekit-api-key\` has ${count(names.length)}, \`livekit-api-secret\` ${count(values.length)}.`,
    });
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined && VALID_KEY.test(twice)) {
    throw helmFailures.failure('pairs', { what: `\`livekit-api-key\` has the key ${twice} twice.` });
  }
  return checked(
    names.map((name, index) => [name, values[index] ?? '']),
    'The input `livekit-api-key`',
  );
}

/**
 * The present keys with those of an earlier version beside them, so that both are valid while clients change over. Throws
 * LK-HELM-091 when a key has another secret there: only one of the two could be valid.
 */
export function withEarlier(present: ApiKeys, earlier: ApiKeys, source: string): ApiKeys {
  for (const [key, secret] of earlier) {
    if (present.has(key) && present.get(key) !== secret) {
      throw helmFailures.failure('pairs', {
        what: `The API key ${key} has another secret in ${source} than now.`,
        why: 'A key has one secret; the old and the new pair are valid together only under different keys.',
        fix: 'Give the new pair a new key, not only a new secret; or leave `previous-keys-version` out, and joins with the old secret fail from then on.',
      });
    }
  }
  return new Map([...present, ...earlier]);
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
const count = (lines: number) => (lines === 1 ? 'one line' : `${lines} lines`);

const VALID_KEY = /^[\w.-]{1,253}$/;

function checked(entries: readonly (readonly [string, string])[], source: string): ApiKeys {
  for (const [key, secret] of entries) {
    mask(secret);
    if (!VALID_KEY.test(key)) {
      throw helmFailures.failure('keys', {
        what: `${source} has an API key that is not made of letters, digits, _ . -`,
      });
    }
    if (secret.length < SHORTEST_SECRET) {
      log.warning(
        `The secret of the API key ${key} has ${secret.length} characters; LiveKit wants ${SHORTEST_SECRET} or more.`,
      );
    }
  }
  return new Map(entries);
}

/** The Secret to apply. JSON strings are YAML, so a secret with any character survives. */
export function keysSecret(keys: ApiKeys, name: string, namespace: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'livekit-gke' } },
    type: 'Opaque',
    data: { [KEYS_FILE]: Buffer.from(keysFile(keys)).toString('base64') },
  };
}

/** Changes when a key does and tells nothing of it: a keyed digest, cut to 64 bits. */
export function keysHash(keys: ApiKeys): string {
  return createHmac('sha256', KEYS_HASH_ANNOTATION).update(keysFile(keys)).digest('hex').slice(0, 16);
}

/** In the order of the keys, so that the same keys in another order roll no pods. */
function keysFile(keys: ApiKeys): string {
  const sorted = [...keys].sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted.map(([key, secret]) => `${JSON.stringify(key)}: ${JSON.stringify(secret)}\n`).join('');
}
