import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../command.ts';

/** A static executable and its names in an image. */
interface Program {
  readonly executable: string;
  /** Where the executable goes, for example `/livekit-server`. */
  readonly path: string;
  /** Further names of the executable, absolute. */
  readonly links?: readonly string[];
}

/** A container image that the sandbox makes from static executables. */
export interface ImageSpec extends Program {
  /** Full reference, for example `docker.io/livekit/livekit-server:v1.11.0`. */
  readonly reference: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly beside?: Program;
  /** More files of this machine by their path in the image, such as a program's libraries. */
  readonly files?: Readonly<Record<string, string>>;
  /** Files by their path in the image and what is in them. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Number of the user that it runs as; root without. */
  readonly user?: number;
  readonly directory?: string;
}

/** Writes the image as an OCI archive (image-spec 1.0) that containerd can import; one that is there is kept. */
export async function buildImage(spec: ImageSpec, archive: string): Promise<void> {
  if (existsSync(archive)) return;
  mkdirSync(dirname(archive), { recursive: true });
  const work = mkdtempSync(`${archive}.`);
  try {
    const layer = join(work, 'layer.tar');
    await packTar(writeRoot(spec, join(work, 'root')), layer);
    writeLayout(spec, layer, join(work, 'oci'));
    await packTar(join(work, 'oci'), join(work, 'image.tar'));
    renameSync(join(work, 'image.tar'), archive);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function writeRoot(spec: ImageSpec, root: string): string {
  // Programs expect these two, and the container runtime mounts hosts and resolv.conf into /etc.
  mkdirSync(join(root, 'etc'), { recursive: true });
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);
  for (const program of [spec, ...(spec.beside === undefined ? [] : [spec.beside])]) writeProgram(program, root);
  for (const [path, from] of Object.entries(spec.files ?? {})) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(from, join(root, path));
  }
  for (const [path, content] of Object.entries(spec.texts ?? {})) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function writeProgram({ executable, path, links = [] }: Program, root: string): void {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(executable, target);
  chmodSync(target, 0o755);
  for (const link of links) {
    mkdirSync(dirname(join(root, link)), { recursive: true });
    if (!existsSync(join(root, link))) symlinkSync(path, join(root, link));
  }
}

/** Always the same bytes for the same files, so that an image's digest does not change from run to run. */
function packTar(folder: string, archive: string): Promise<string> {
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  return run('tar', [...same, '-cf', archive, '-C', folder, '.']);
}

function writeLayout(spec: ImageSpec, layer: string, layout: string): void {
  const blobs = join(layout, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const add = (content: Buffer, mediaType: string): { mediaType: string; digest: string; size: number } => {
    const digest = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(blobs, digest), content);
    return { mediaType, digest: `sha256:${digest}`, size: content.length };
  };
  const addJson = (content: object, kind: string): ReturnType<typeof add> =>
    add(Buffer.from(JSON.stringify(content)), `application/vnd.oci.image.${kind}.v1+json`);
  const layerBlob = add(readFileSync(layer), 'application/vnd.oci.image.layer.v1.tar');
  const config = addJson(
    {
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: {
        Entrypoint: spec.entrypoint,
        Cmd: spec.command,
        Env: ['PATH=/usr/local/bin:/usr/bin:/bin:/'],
        User: spec.user?.toString(),
        WorkingDir: spec.directory,
      },
      rootfs: { type: 'layers', diff_ids: [layerBlob.digest] },
    },
    'config',
  );
  const manifest = addJson({ schemaVersion: 2, config, layers: [layerBlob] }, 'manifest');
  const annotations = { 'io.containerd.image.name': spec.reference };
  writeFileSync(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}
