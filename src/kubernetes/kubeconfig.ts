import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesAccess } from './access.ts';

/** The program that gives tokens: started by helm and kubectl, an argument array and never a shell. */
export interface CredentialPlugin {
  readonly command: string;
  readonly args: readonly string[];
  /** What the plug-in needs to be the same identity; no token is in here. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A kubeconfig (as JSON, which is YAML) whose token comes from the credential plug-in, so that it never expires within a
 * long deploy and the file itself holds no secret.
 */
export function kubeconfig(access: KubernetesAccess, plugin: CredentialPlugin, namespace: string): string {
  const cluster = {
    server: access.server,
    ...(access.certificateAuthority === undefined
      ? {}
      : { 'certificate-authority-data': Buffer.from(access.certificateAuthority).toString('base64') }),
    ...(access.tlsServerName === undefined ? {} : { 'tls-server-name': access.tlsServerName }),
  };
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: plugin.command,
    args: plugin.args,
    env: Object.entries(plugin.environment).map(([name, value]) => ({ name, value })),
    interactiveMode: 'Never',
    provideClusterInfo: false,
  };
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'gke', cluster }],
      users: [{ name: 'livekit-gke', user: { exec } }],
      contexts: [{ name: 'gke', context: { cluster: 'gke', user: 'livekit-gke', namespace } }],
      'current-context': 'gke',
    },
    null,
    2,
  );
}

/** Writes the kubeconfig, readable by its owner only; gives its path. */
export async function writeKubeconfig(directory: string, content: string): Promise<string> {
  const file = join(directory, `kubeconfig-${randomBytes(8).toString('hex')}`);
  await writeFile(file, `${content}\n`, { mode: 0o600, flag: 'wx' });
  return file;
}
