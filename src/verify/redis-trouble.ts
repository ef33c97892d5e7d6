/** What LiveKit says when it does not reach Redis: a refused or lost connection, or what it could not look up there. */
const WORDS = /dial tcp \S+: |could not get node|redis|i\/o timeout|connection pool/i;

/** Cause and fix where LiveKit's own words tell that it does not reach Redis. */
export function redisTrouble(words: string): { readonly why: string; readonly fix: string } | undefined {
  if (!WORDS.test(words)) return undefined;
  return {
    why: 'LiveKit does not reach Redis, in which it keeps where rooms and nodes are.',
    fix: 'See what the checks redis and pods-known say, and compare `livekit.redis.address` in the values with the environment’s Redis.',
  };
}
