import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
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
 * How to start the suite's own plug-in: this very node, and the script beside the one that runs, or the sources when the
 * suite runs unbundled. A `node` from PATH is never trusted with a token.
 */
export function credentialPlugin(
  identity: Identity,
  running: { readonly node: string; readonly script: string | undefined },
): CredentialPlugin {
  const bundled = running.script === undefined ? undefined : join(dirname(running.script), 'credential-plugin.js');
  const index = pathToFileURL(join(import.meta.dirname, '../../actions/index.ts')).href;
  return {
    command: running.node,
    args:
      bundled !== undefined && existsSync(bundled)
        ? [bundled]
        : ['-e', `import(${JSON.stringify(index)}).then((suite) => suite.start('credential-plugin'))`],
    environment: identity.environment,
  };
}
