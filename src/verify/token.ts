import { createHmac, randomUUID } from 'node:crypto';
import type { ApiKey } from './keys.ts';

/** LiveKit's video grant, as far as the checks need it (https://docs.livekit.io/home/get-started/authentication/). */
export interface Grant {
  readonly roomJoin?: boolean;
  readonly roomCreate?: boolean;
  readonly roomList?: boolean;
  readonly roomAdmin?: boolean;
  readonly room?: string;
  readonly hidden?: boolean;
}

/**
 * A LiveKit access token: a JWT signed by HS256 (RFC 7519, 7518). `validSeconds` counts from now; negative makes an
 * expired one. Twenty lines rather than livekit-server-sdk, which brings a JOSE library and a second copy of the protocol.
 */
export function accessToken(apiKey: ApiKey, identity: string, grant: Grant, validSeconds = 60): string {
  const now = Math.floor(Date.now() / 1000);
  const header = encode({ alg: 'HS256', typ: 'JWT' });
  const payload = encode({
    iss: apiKey.key,
    sub: identity,
    jti: randomUUID(),
    // A minute back, since the clocks of runner and server differ.
    nbf: now - 60 + Math.min(0, validSeconds),
    exp: now + validSeconds,
    video: grant,
  });
  const signature = createHmac('sha256', apiKey.secret).update(`${header}.${payload}`).digest('base64url');
  return `${header}.${payload}.${signature}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
