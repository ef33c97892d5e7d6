import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../command.ts';
import { cacheDirectory } from '../config.ts';
import { buildImage } from '../kubernetes/image.ts';
import type { ImageArchive } from '../kubernetes/images.ts';
import { kubectl, type Administrator } from '../kubernetes/kubectl.ts';
import { withLock } from '../lock.ts';

/** Name of the image on the nodes. */
export const MESSAGING_IMAGE = 'docker.io/livekit-gke/messaging-service:1';
export const MESSAGING_NAMESPACE = 'nova-messaging';

const SOURCES = fileURLToPath(new URL('./', import.meta.url));

/** The program that plays the messaging service: built when its sources were not built yet, and kept among the tools. */
export async function buildMessagingService(): Promise<string> {
  const folder = join(cacheDirectory(), 'tools', 'messaging-service', digestOf(SOURCES));
  const executable = join(folder, 'messaging-service');
  if (existsSync(executable)) return executable;
  mkdirSync(folder, { recursive: true });
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(executable)) return executable;
    const work = mkdtempSync(join(folder, '.build-'));
    try {
      const built = join(work, 'messaging-service');
      await run('nice', ['-n', '10', 'go', 'build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', built], {
        cwd: SOURCES,
        env: { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
        timeoutSeconds: 300,
      });
      renameSync(built, executable);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    return executable;
  });
}

/** Makes the image of the messaging service; `directory` is the sandbox's. */
export async function buildMessagingImage(directory: string): Promise<ImageArchive> {
  const executable = await buildMessagingService();
  const archive = join(directory, 'images', 'messaging-service.tar');
  const path = '/messaging-service';
  await buildImage({ reference: MESSAGING_IMAGE, executable, path, entrypoint: [path] }, archive);
  return { reference: MESSAGING_IMAGE, archive };
}

/** Deploys the messaging service as its own team would, and waits until it serves. */
export async function deployMessagingService(administrator: Administrator): Promise<void> {
  const manifests = readFileSync(join(SOURCES, 'manifests.yaml'), 'utf8');
  await kubectl(administrator, ['apply', '--server-side', '-f', '-'], manifests);
  const wait = ['rollout', 'status', 'deployment/messaging-service', '-n', MESSAGING_NAMESPACE, '--timeout=60s'];
  await kubectl(administrator, wait);
}

function digestOf(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    if (/\.go$|^go\.mod$/.test(name)) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
