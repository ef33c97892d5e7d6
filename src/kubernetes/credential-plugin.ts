import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Identity } from '../google/identity.ts';
import type { CredentialPlugin } from './kubeconfig.ts';

/** Google's tokens live an hour; clients are told to ask again well before. */
const TRUSTED_SECONDS = 30 * 60;

/** What a kubeconfig's exec plug-in prints (client.authentication.k8s.io/v1). */
export function execCredential(token: string, now: Date): string {
  return JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token, expirationTimestamp: new Date(now.getTime() + TRUSTED_SECONDS * 1000).toISOString() },
  });
}

/**
 * How to start the suite's own plug-in: this very node, and the script beside the one that runs; or, from the sources, the
 * running script with the plug-in's name. A `node` from PATH is never trusted with a token.
 */
export function credentialPlugin(
  identity: Identity,
  running: { readonly node: string; readonly script: string | undefined },
): CredentialPlugin {
  if (running.script === undefined) throw new Error('The script that runs is not known, so it cannot be the plug-in.');
  const bundled = join(dirname(running.script), 'credential-plugin.js');
  return {
    command: running.node,
    args: existsSync(bundled) ? [bundled] : [running.script, 'credential-plugin'],
    environment: identity.environment,
  };
}
