import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Where a plug-in process listens. Never the same twice: a process that was killed leaves its socket behind, and one with
 * the same process id could then not listen there, which Terraform tells as a plug-in that says nothing.
 */
export function socketFile(environment: Readonly<Record<string, string | undefined>>): string {
  const folder = environment['PLUGIN_UNIX_SOCKET_DIR'] ?? tmpdir();
  return join(folder, `livekit-gke-provider-${randomBytes(8).toString('hex')}.sock`);
}
