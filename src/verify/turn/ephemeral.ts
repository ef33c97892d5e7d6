import { createHmac } from 'node:crypto';
import type { Credentials } from './allocation.ts';

/**
 * Credentials that end by themselves, from a secret that is shared with the TURN server (draft-uberti-behave-turn-rest-00, coturn's
 * `use-auth-secret`). `user` tells apart who uses them; coturn counts its quota by the whole name.
 */
export function mintCredentials(secret: string, user: string, expiresAtSeconds: number): Credentials {
  const username = `${Math.floor(expiresAtSeconds)}:${user}`;
  return { username, password: createHmac('sha1', secret).update(username).digest('base64') };
}
