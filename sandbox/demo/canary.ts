import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { encodings } from '../../src/runner/mask.ts';
import { run } from '../command.ts';
import type { SandboxConfig } from '../config.ts';

/** A value that is nowhere else: where it turns up, the API secret would have leaked. */
export interface Canary {
  readonly key: string;
  readonly secret: string;
}

export function newCanary(): Canary {
  return {
    key: `APIcanary${randomBytes(4).toString('hex')}`,
    secret: `canary-${randomBytes(24).toString('base64url')}`,
  };
}

export interface Sighting {
  readonly place: string;
  readonly found: boolean;
}

/** Looks at every process argument of the machine while the demo runs; an argument is seen by every user of a machine. */
export class ArgumentWatch {
  private readonly needles: readonly Buffer[];
  private readonly timer: NodeJS.Timeout;
  private readonly seen = new Set<string>();
  looks = 0;

  constructor(...canaries: readonly Canary[]) {
    this.needles = canaries.flatMap(formsOf);
    this.timer = setInterval(() => this.look(), 50);
    this.timer.unref();
  }

  /** Programs that had the secret among their arguments. */
  stop(): string[] {
    clearInterval(this.timer);
    return [...this.seen];
  }

  private look(): void {
    this.looks++;
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const line = content(`/proc/${pid}/cmdline`);
      if (line !== undefined && holds(line, this.needles)) this.seen.add(line.toString('utf8').split('\0')[0] ?? pid);
    }
  }
}

/**
 * Searches every place where the suite leaves something, in every encoding of the secret: logs, bucket (plans unpacked, state,
 * outputs document), GitHub (comments, summaries, runs), the sandbox's files, Helm's releases and ConfigMaps. Two places
 * must hold it, Secret Manager and the Kubernetes Secret: they prove that the search finds what is there.
 */
export async function searchEverywhere(
  config: SandboxConfig,
  canary: Canary,
  extraDirectories: readonly string[],
): Promise<{ clean: Sighting[]; expected: Sighting[] }> {
  const needles = formsOf(canary);
  const clean: Sighting[] = [];
  for (const [place, texts] of await bucketObjects(config))
    clean.push({ place, found: texts.some((text) => holds(text, needles)) });
  const files = new Map<string, string[]>();
  for (const file of filesBelow(config.directory, belongsToOthers(config))) add(files, group(config, file), file);
  for (const directory of extraDirectories)
    for (const file of filesBelow(directory, () => false)) add(files, 'the user’s clone', file);
  for (const [place, paths] of files) {
    const leaking = paths.filter((path) => holds(content(path) ?? Buffer.alloc(0), needles));
    clean.push({
      place: leaking.length > 0 ? `${place} (${leaking.join(', ')})` : `${place}, ${paths.length} files`,
      found: leaking.length > 0,
    });
  }
  const cluster = await clusterObjects(config);
  clean.push({
    place: `${cluster.releases.length} Helm releases`,
    found: cluster.releases.some((text) => holds(text, needles)),
  });
  clean.push({
    place: `${cluster.configMaps} ConfigMaps, pods, Deployments and events`,
    found: holds(cluster.plain, needles),
  });
  const expected = [
    {
      place: 'Secret Manager',
      found: filesBelow(join(config.directory, 'google'), () => false).some((file) =>
        holds(content(file) ?? Buffer.alloc(0), needles),
      ),
    },
    { place: 'the Kubernetes Secret', found: cluster.secrets.some((text) => holds(text, needles)) },
  ];
  return { clean, expected };
}

function formsOf(canary: Canary): Buffer[] {
  return encodings(canary.secret).map((form) => Buffer.from(form));
}

function holds(text: Buffer, needles: readonly Buffer[]): boolean {
  return needles.some((needle) => text.includes(needle));
}

/** What keeps secrets by its nature: Secret Manager, the cluster's database, and images and running containers. */
function belongsToOthers(config: SandboxConfig): (path: string) => boolean {
  const kept = ['google/secrets', 'etcd', 'nodes', 'images', 'bin'].map((folder) => join(config.directory, folder));
  return (path) => kept.includes(path);
}

function group(config: SandboxConfig, file: string): string {
  const [folder = '', ...rest] = file.slice(config.directory.length + 1).split('/');
  return `the sandbox’s ${rest.length === 0 ? 'records' : folder}`;
}

/** Objects of the state bucket, all generations, plans unpacked. */
async function bucketObjects(config: SandboxConfig): Promise<[string, Buffer[]][]> {
  const base = `${config.addresses.storageUpstream}/storage/v1/b/${config.bucket}/o`;
  const listing = z.object({
    items: z.array(z.object({ name: z.string(), generation: z.coerce.string() })).default([]),
  });
  const { items } = listing.parse(await (await fetch(`${base}?versions=true`)).json());
  const kinds = new Map<string, Buffer[]>();
  for (const { name, generation } of items) {
    const response = await fetch(`${base}/${encodeURIComponent(name)}?alt=media&generation=${generation}`);
    const body = Buffer.from(await response.arrayBuffer());
    const kind = name.endsWith('.tfplan')
      ? 'plans'
      : name.endsWith('.tfstate')
        ? 'states'
        : name.endsWith('outputs.json')
          ? 'outputs documents'
          : 'other objects';
    add(kinds, kind, body);
    if (kind === 'plans') add(kinds, kind, await unzip(body));
  }
  return [...kinds].map(([kind, bodies]) => [`the bucket’s ${kind}`, bodies]);
}

/** All members of a zip archive, one after the other; a plan is one. */
async function unzip(archive: Buffer): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), 'plan-'));
  try {
    writeFileSync(join(directory, 'plan.zip'), archive);
    return Buffer.from(await run('busybox', ['unzip', '-p', join(directory, 'plan.zip')], { timeoutSeconds: 30 }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function clusterObjects(config: SandboxConfig) {
  const kubectl = (...args: string[]) =>
    run(
      join(config.bin, 'kubectl'),
      ['--kubeconfig', config.kubernetes.adminKubeconfig, ...args, '--all-namespaces', '-o', 'json'],
      { timeoutSeconds: 60 },
    );
  const list = z.object({
    items: z.array(
      z.object({ kind: z.string(), type: z.string().optional(), data: z.record(z.string(), z.string()).optional() }),
    ),
  });
  const { items } = list.parse(JSON.parse(await kubectl('get', 'secrets')));
  const data = (wanted: (type: string | undefined) => boolean) =>
    items
      .filter((item) => wanted(item.type))
      .map((item) => Buffer.concat(Object.values(item.data ?? {}).map((value) => Buffer.from(value, 'base64'))));
  const plain = await kubectl('get', 'configmaps,pods,deployments.apps,replicasets.apps,events');
  return {
    // Helm keeps a release as gzip in base64, in a Secret.
    releases: data((type) => type === 'helm.sh/release.v1').map((text) =>
      gunzipSync(Buffer.from(text.toString('utf8'), 'base64')),
    ),
    secrets: data((type) => type !== 'helm.sh/release.v1'),
    configMaps: list.parse(JSON.parse(plain)).items.length,
    plain: Buffer.from(plain),
  };
}

function filesBelow(directory: string, leftOut: (path: string) => boolean): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (leftOut(path)) continue;
    if (entry.isDirectory()) found.push(...filesBelow(path, leftOut));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

/** A file's bytes; undefined when it went away meanwhile or is no ordinary file's size. */
function content(path: string): Buffer | undefined {
  try {
    if (!path.startsWith('/proc/') && statSync(path).size > 256 * 1024 * 1024)
      throw new Error(`${path} is too large to search`);
    return readFileSync(path);
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}
