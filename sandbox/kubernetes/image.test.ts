import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage } from './image.ts';

describe('a container image', () => {
  let folder: string;
  const spec = () => ({
    reference: 'docker.io/livekit/livekit-server:v1.11.0',
    executable: join(folder, 'server'),
    path: '/livekit-server',
    entrypoint: ['/livekit-server'],
    links: ['/bin/server'],
  });
  const file = (archive: string, name: string): Buffer => execFileSync('tar', ['-xOf', archive, `./${name}`]);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'image-'));
    writeFileSync(join(folder, 'server'), 'a static program');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is an OCI archive under its own name, with one layer that holds the program', async () => {
    const archive = join(folder, 'image.tar');
    await buildImage(spec(), archive);
    const index = JSON.parse(file(archive, 'index.json').toString()) as {
      manifests: { digest: string; annotations: Record<string, string> }[];
    };
    const [entry] = index.manifests;
    expect(entry?.annotations).toEqual({ 'io.containerd.image.name': 'docker.io/livekit/livekit-server:v1.11.0' });
    const blob = (digest: string): Buffer => file(archive, `blobs/${digest.replace(':', '/')}`);
    const manifest = JSON.parse(blob(entry?.digest ?? '').toString()) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    expect(JSON.parse(blob(manifest.config.digest).toString())).toMatchObject({
      config: { Entrypoint: ['/livekit-server'] },
      rootfs: { diff_ids: [manifest.layers[0]?.digest] },
    });
    const layer = blob(manifest.layers[0]?.digest ?? '');
    expect(`sha256:${createHash('sha256').update(layer).digest('hex')}`).toBe(manifest.layers[0]?.digest);
    const names = execFileSync('tar', ['-t'], { input: layer, encoding: 'utf8' }).trim().split('\n');
    expect(names).toEqual(expect.arrayContaining(['./livekit-server', './bin/server', './etc/', './tmp/']));
  });

  it('has the same bytes whenever it is made', async () => {
    await buildImage(spec(), join(folder, 'one.tar'));
    await buildImage(spec(), join(folder, 'two.tar'));
    expect(readFileSync(join(folder, 'one.tar')).equals(readFileSync(join(folder, 'two.tar')))).toBe(true);
  });

  it('is whole or not there at all', async () => {
    await expect(buildImage({ ...spec(), executable: '/absent' }, join(folder, 'image.tar'))).rejects.toThrow('ENOENT');
    expect(readdirSync(folder)).toEqual(['server']);
  });
});
