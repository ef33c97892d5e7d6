import { join } from 'node:path';
import { run } from '../command.ts';
import { buildImage, type ImageSpec } from './image.ts';

/** The image that keeps a pod's namespaces: busybox sleeping. */
export const PAUSE_IMAGE = 'docker.io/livekit-gke/pause:1';

/** An image ready to be imported. */
export interface ImageArchive {
  readonly reference: string;
  readonly archive: string;
}

/** Makes pause and busybox from the static busybox of Debian. */
export async function buildBusyboxImages(directory: string): Promise<ImageArchive[]> {
  const executable = 'busybox';
  const path = await busyboxPath();
  const applets = (await run(executable, ['--list-full'])).trim().split('\n');
  const busybox = {
    executable: path,
    path: '/bin/busybox',
    links: applets.map((applet) => `/${applet.replace(/^\//, '')}`),
  };
  return Promise.all([
    build(directory, { ...busybox, reference: PAUSE_IMAGE, entrypoint: ['/bin/busybox', 'sleep', '2147483647'] }),
    build(directory, { ...busybox, reference: 'docker.io/library/busybox:latest', command: ['sh'] }),
  ]);
}

/** Makes the image of LiveKit's server under the name of the official one. `version` is without a v. */
export async function buildLivekitImage(directory: string, executable: string, version: string): Promise<ImageArchive> {
  return build(directory, {
    reference: `docker.io/livekit/livekit-server:v${version}`,
    executable,
    path: '/livekit-server',
    // The official one is Alpine's, whose programs are busybox, too.
    beside: { executable: await busyboxPath(), path: '/bin/busybox', links: ['/bin/kill', '/bin/sh'] },
    entrypoint: ['/livekit-server'],
  });
}

async function busyboxPath(): Promise<string> {
  return (await run('sh', ['-c', 'command -v busybox'])).trim();
}

async function build(directory: string, spec: ImageSpec): Promise<ImageArchive> {
  const archive = join(directory, 'images', `${spec.reference.replaceAll(/[/:]/g, '_')}.tar`);
  await buildImage(spec, archive);
  return { reference: spec.reference, archive };
}
