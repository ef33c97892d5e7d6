/**
 * The fourth net: parts of a text that look as if made at random, whatever their name. What a secret's marks, its known value
 * and its name did not tell is told by its form: that of a well-known kind of key, or characters that follow no word.
 *
 * Measured by `random-text.test.ts`. False alarms: none among the 12,000 values of all plans of the fixtures and of the
 * payload. Finds, of 100 secrets made at random: 100 in hexadecimal and of the kinds that begin as is known, 98 to 100 in
 * base64 or of letters and digits, 92 to 97 of small letters and digits or in base32. Beyond it are anything under twenty
 * characters, words, and a secret under the name of a digest or an identifier.
 */

/** Kinds of keys that are known by their beginning. */
const KINDS =
  /\b(?:eyJ[\w-]{8,4000}\.[\w-]{8,}\.[\w-]*|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{22,}|AIza[\w-]{35}|GOCSPX-[\w-]{20,}|ya29\.[\w-]{20,}|1\/\/0[\w-]{20,}|xox[abeprs]-[\w-]{10,}|sk-[\w-]{20,}|[rs]k_(?:live|test)_\w{16,}|A(?:KIA|SIA)[0-9A-Z]{16}|glpat-[\w-]{20,}|npm_[A-Za-z0-9]{30,}|dckr_pat_[\w-]{20,}|hv[sb]\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,})/g;

/** What may be random; paths and names are taken apart later. */
const CANDIDATE = /[A-Za-z0-9+/_-]{20,}={0,2}/g;

/** Random by nature and public: digests with their algorithm, UUIDs, public keys, commits, what proves that one owns a domain. */
const PUBLIC = [
  /\b(?:sha-?(?:1|224|256|384|512)|md5|h1|zh)[:=-][A-Za-z0-9+/_-]{20,}={0,2}/gi,
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
  /\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S{1,32}|sk-\S{1,48}) [A-Za-z0-9+/]+={0,2}/g,
  /-----BEGIN ((?:[A-Z0-9]+ )*(?:CERTIFICATE|PUBLIC KEY|CERTIFICATE REQUEST|X509 CRL))-----[\s\S]{0,20000}?-----END \1-----/g,
  /\b(?:commit|tree|blob|archive)\/[0-9a-f]{40}\b/g,
  /\bp=MI[A-Za-z0-9+/\s"]{20,}={0,2}/g,
  /\b(?:google-site-verification|MS|facebook-domain-verification|apple-domain-verification)=[\w-]+/g,
  // Google's own addresses of its things, and machines' names in domains: lower case, digits and hyphens between dots.
  /\bhttps:\/\/(?:[a-z0-9-]+\.)?googleapis\.com\/[\w/.~:-]+(?![\w?=])/g,
  /\b[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,10}\.[a-z]{2,24}\b/g,
];

/** Attributes that hold digests, identifiers and public halves. */
const PUBLIC_NAME =
  /(^|_)(fingerprints?|etag|digests?|hash|sha_?\d*|md5\w*|crc32c|checksum|thumbprints?|self_links?|ids?|uid|uuid|unique_id|names?|certificates?|certs?|public_keys?|revision|commit|generation|image|images|host|endpoint|domain|dns_name)$/i;

const SHORTEST = 20;
const SHORTEST_HEX = 32;
/** Longer texts in base64 are looked into, up to this. */
const LONGEST_DECODED = 262_144;

export const RANDOM = '(hidden: looks random)';

/**
 * Hides what looks random in a text. `name` is the attribute's; `within` looks for secrets in a text that was readable once
 * base64 is taken off, and gives it back changed when there are some.
 */
export function hideRandom(text: string, name: string, within: (text: string) => string): string {
  if (text.length < SHORTEST) return text;
  const hidden = text.replace(KINDS, RANDOM);
  if (PUBLIC_NAME.test(name.replace(/([a-z0-9])([A-Z])/g, '$1_$2'))) return hidden;
  let places: readonly (readonly [number, number])[] | undefined;
  const isPublic = (start: number, end: number) => {
    places ??= publicPlaces(hidden);
    return places.some((place) => start < place[1] && end > place[0]);
  };
  return hidden.replace(CANDIDATE, (found: string, offset: number) =>
    // A path is judged part by part, since its words change as often as a secret's characters; base64 as a whole.
    (isBase64(found) ? [found] : found.split(/(?<=\/)/))
      .map((part) => {
        const start = offset;
        offset += part.length;
        if (!isRandom(part) || isHarmlessBase64(part, within) || isPublic(start, offset)) return part;
        return part.endsWith('/') && part !== found ? `${RANDOM}/` : RANDOM;
      })
      .join(''),
  );
}

function publicPlaces(text: string): (readonly [number, number])[] {
  return PUBLIC.flatMap((form) =>
    Array.from(text.matchAll(form), (match) => [match.index, match.index + match[0].length] as const),
  );
}

/** True for what has slashes and is no path: none of its parts is a word, and its characters change throughout. */
function isBase64(found: string): boolean {
  if (found.split('/').some((part) => /^[A-Za-z]?[a-z]{3,}$/.test(part))) return false;
  return found.includes('/') && !/[_-]/.test(found) && measure(found).changes >= 0.45;
}

function isRandom(part: string): boolean {
  const bare = part.replace(/[=/]+$/, '');
  return bare.includes('/') ? looksRandom(bare) : wordsOf(bare).some(looksRandom);
}

/** Names are words with hyphens; in base64 for URLs such signs are rare, and small letters stand with capitals. */
function wordsOf(part: string): string[] {
  const words = part.split(/[_-]/);
  const isName = words.length - 1 > part.length / 8 || !/[a-z]/.test(part) || !/[A-Z]/.test(part);
  return isName ? words : [part];
}

/** How often the kind of character changes from one to the next, and how evenly the characters are used. */
function measure(part: string): { changes: number; bits: number; length: number } {
  let changes = 0;
  let length = 0;
  let last = 0;
  const counts = new Map<number, number>();
  for (let index = 0; index < part.length; index++) {
    const code = part.charCodeAt(index);
    const kind = kindOf(code);
    if (kind === 0) continue;
    if (last !== 0 && kind !== last) changes++;
    last = kind;
    length++;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values()) bits -= (count / length) * Math.log2(count / length);
  return { changes: changes / Math.max(1, length - 1), bits, length };
}

/** 1 for a digit, 2 for a capital, 3 for a small letter, 0 for the rest. */
function kindOf(code: number): number {
  if (code >= 48 && code <= 57) return 1;
  if (code >= 65 && code <= 90) return 2;
  return code >= 97 && code <= 122 ? 3 : 0;
}

function looksRandom(part: string): boolean {
  if (part.length < SHORTEST) return false;
  if (/^(?=.*[0-9])(?=.*[a-f])[0-9a-f]+$|^(?=.*[0-9])(?=.*[A-F])[0-9A-F]+$/.test(part))
    return part.length >= SHORTEST_HEX;
  const { changes, bits, length } = measure(part);
  if (length < SHORTEST || bits < 3.5) return false;
  const [small, large] = [/[a-z]/.test(part), /[A-Z]/.test(part)];
  if (small && large) return changes >= (/[0-9]/.test(part) ? 0.36 : 0.4);
  return /[0-9]/.test(part) && changes >= (small ? 0.2 : 0.15);
}

/** Base64 of a readable text is as harmless as that text. */
function isHarmlessBase64(found: string, within: (text: string) => string): boolean {
  if (found.length > LONGEST_DECODED || found.length % 4 === 1) return false;
  const bytes = Buffer.from(found, 'base64');
  if (bytes.length < (SHORTEST * 3) / 4 - 3) return false;
  const text = bytes.toString('utf8');
  // eslint-disable-next-line no-control-regex -- control characters are what tells bytes from a text
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/.test(text)) return false;
  return within(text) === text;
}
