import { hideRandom } from './random-text.ts';

/**
 * The third net under Terraform's own marks and the known secrets: names that smell of a secret, and passwords inside of
 * longer texts. Each rule is a line here; what it hides says so, so that a false alarm can be seen as one. The fourth,
 * what looks random, is in `random-text.ts`.
 */

/** Attribute names whose value is a secret in all likelihood. */
const SECRET_NAME =
  /(^|_)(password|passwd|passphrase|pwd|secrets?|token|api_?key|access_?key|private_?key|client_?key|secret_?key|signing_?key|auth_?string|credentials?|connection_string|bearer|htpasswd)($|_)/i;

/** Endings that make such a name harmless: identifiers, places, switches and times. */
const HARMLESS_ENDING =
  /_(ids?|names?|versions?|refs?|references?|urls?|uris?|paths?|types?|kinds?|ttl|seconds|minutes|days|period|policy|policies|enabled|disabled|required|count|length|size|replicas?|replication|labels?|annotations?|manager|accessor|expiration|expiry|algorithm|format|region|location|project|prefix|suffix|email|role|member|commands?|config|configuration|settings|options|provider|store|key_version|wo_version)$/i;

const decided = new Map<string, boolean>();
const MOST_DECIDED = 10_000;

export function isSecretName(name: string): boolean {
  const before = decided.get(name);
  if (before !== undefined) return before;
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('-', '_');
  const secret = SECRET_NAME.test(words) && !HARMLESS_ENDING.test(words);
  if (decided.size < MOST_DECIDED) decided.set(name, secret);
  return secret;
}

/** Names of things, not the things: a resource's own path or address. */
const REFERENCE =
  /^(projects\/[^/]+\/(locations\/[^/]+\/)?secrets\/[\w-]+(\/versions\/\w+)?|https:\/\/www\.googleapis\.com\/\S+)$/;

/** False for what cannot be a secret whatever its name: switches, nothing, references. */
export function looksSecret(value: unknown): boolean {
  if (typeof value === 'boolean' || value === null || value === undefined || value === '') return false;
  return typeof value !== 'string' || !REFERENCE.test(value);
}

export const HIDDEN = '(hidden)';

/**
 * `password: x`, `api_key = x` and the like, in heredocs, YAML and scripts: from the word that tells to the value. What
 * stands before the word in the name is looked up, not matched: that would try each start of a long text anew.
 */
const ASSIGNMENT =
  /((?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key)[\w-]{0,128})(["']?\s{0,64}[:=]\s*)(?:"[^"]*"|'[^']*'|[^\s,;]+)/gi;
const LONGEST_NAME = 128;
/** `redis://user:password@host` */
const URL_PASSWORD = /(?<=[a-z0-9+.-])(:\/\/[^\s:/@]*):[^\s/@]+@/gi;
const PRIVATE_KEY = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(-----END \1-----|$)/g;

/** Hides what looks like a secret inside of a text; `name` is that of the attribute that holds it. */
export function hideInText(text: string, name = ''): string {
  if (text.length < 6) return text;
  let hidden = text;
  // Most texts have none of the signs that the rules begin with.
  if (hidden.includes('-----BEGIN')) hidden = hidden.replace(PRIVATE_KEY, `-----BEGIN $1----- ${HIDDEN}`);
  if (hidden.includes('://')) hidden = hidden.replace(URL_PASSWORD, `$1:${HIDDEN}@`);
  if (/[:=]/.test(hidden)) hidden = hidden.replace(ASSIGNMENT, hideAssigned);
  return hideRandom(hidden, name, (inner) => hideInText(inner));
}

function hideAssigned(all: string, rest: string, sign: string, offset: number, whole: string): string {
  const [start = ''] = /[\w-]*$/.exec(whole.slice(Math.max(0, offset - LONGEST_NAME), offset)) ?? [];
  return isSecretName(start + rest) ? `${rest}${sign}${HIDDEN}` : all;
}
