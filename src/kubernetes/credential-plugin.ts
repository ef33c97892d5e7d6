import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Identity } from '../google/identity.ts';
import type { CredentialPlugin } from './kubeconfig.ts';

/** Google's tokens live an hour; clients are told to ask again well before. */
const TRUSTED_SECONDS = 30 * 60;
/** One that another process has kept may be old; it is renewed five minutes before its end. */
const KEPT_SECONDS = 4 * 60;

/** Where the plug-in asks for a token before it signs in by itself. */
export const TOKEN_SOCKET = 'LIVEKIT_GKE_TOKEN_SOCKET';

/** What a kubeconfig's exec plug-in prints (client.authentication.k8s.io/v1). */
export function execCredential(token: string, now: Date, isKept = false): string {
  const seconds = isKept ? KEPT_SECONDS : TRUSTED_SECONDS;
  return JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token, expirationTimestamp: new Date(now.getTime() + seconds * 1000).toISOString() },
  });
}

/**
 * How to start the suite's own plug-in: this very node, and the script beside the one that runs; or, from the sources, the
 * running script with the plug-in's name. A `node` from PATH is never trusted with a token. With `socket` (serveTokens) it
 * need not sign in.
 */
export function credentialPlugin(
  identity: Identity,
  running: { readonly node: string; readonly script: string | undefined },
  socket?: string,
): CredentialPlugin {
  if (running.script === undefined) throw new Error('The script that runs is not known, so it cannot be the plug-in.');
  const bundled = join(dirname(running.script), 'credential-plugin.js');
  return {
    command: running.node,
    args: existsSync(bundled) ? [bundled] : [running.script, 'credential-plugin'],
    environment: { ...identity.environment, ...(socket !== undefined && { [TOKEN_SOCKET]: socket }) },
  };
}
