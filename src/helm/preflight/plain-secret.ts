import { at, isMapping, type Path, strings, written } from '../values/tree.ts';
import type { Finding, PreflightRule } from './rule.ts';

/** Where a secret would stand; a mapping counts when it has an entry. Names of files and users are none. */
const PLACES: readonly (readonly string[])[] = [
  ['livekit', 'keys'],
  ['livekit', 'redis', 'password'],
  ['livekit', 'redis', 'sentinel_password'],
  ['livekit', 'prometheus', 'password'],
  ['storeKeysInSecret', 'keys'],
];
const IN_TURN_SERVERS = ['credential', 'secret'];

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** `redis://user:password@host` */
const PASSWORD_IN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s:@]+@/i;

/** All of `livekit` ends in a ConfigMap and all values in the release: no secret may be in them. */
export const plainSecret: PreflightRule = ({ values, given }) => {
  const found = new Map<string, Path>();
  const add = (path: Path) => found.set(written(path), path);
  for (const path of PLACES) if (isSet(at(values, path))) add(path);
  const servers = at(values, ['livekit', 'rtc', 'turn_servers']);
  for (const place of Array.isArray(servers) ? servers.keys() : []) {
    for (const key of IN_TURN_SERVERS) {
      const path = ['livekit', 'rtc', 'turn_servers', place, key];
      if (isSet(at(values, path))) add(path);
    }
  }
  for (const { path, text } of strings(given)) if (PRIVATE_KEY.test(text) || PASSWORD_IN_URL.test(text)) add(path);
  return [...found].map(([name, path]): Finding => ({
    kind: 'plainSecret',
    level: 'error',
    what: `\`${name}\` holds a secret, which would be plain text in the cluster.`,
    path,
  }));
};

function isSet(value: unknown): boolean {
  if (isMapping(value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== '';
}
