import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodings } from '../../src/runner/mask.ts';
import { readZip } from '../tools/zip.ts';
import { installProviderMirror } from './mirror.ts';

export const ENGINES = ['terraform', 'tofu'] as const;
export type Engine = (typeof ENGINES)[number];

/** The engine that the integration tests run with: they are run once for each. */
export function testEngine(): Engine {
  const name = process.env['LIVEKIT_GKE_TEST_ENGINE'] ?? 'terraform';
  const engine = ENGINES.find((each) => each === name);
  if (engine === undefined) throw new Error(`LIVEKIT_GKE_TEST_ENGINE is ${name}; it is one of ${ENGINES.join(', ')}.`);
  return engine;
}

export interface Outcome {
  readonly exitCode: number;
  /** Both streams, without colours. */
  readonly text: string;
}

/** The real engine in a folder of its own, with the provider stand-in and its resources in files. */
export interface TerraformRun {
  readonly directory: string;
  /** Where the resources are kept. */
  readonly resources: string;
  /** What Terraform must find in its environment, for those who start it themselves. */
  readonly environment: Readonly<Record<string, string>>;
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Runs in a folder below. */
  in(folder: string): TerraformRun;
  write(file: string, content: string): Promise<void>;
  /**
   * Every file below the folder that holds the secret in any encoding, archives (a plan is one) unpacked; the stand-in's
   * own records left out. A member of an archive is told as `archive!member`.
   */
  filesWith(secret: string): Promise<string[]>;
  remove(): Promise<void>;
}

const ZIP = Buffer.from('PK\x03\x04');

/** Makes the folder, with a copy of `source` in it when that is given. */
export async function terraformRun(source?: string, engine: Engine = testEngine()): Promise<TerraformRun> {
  const base = await mkdtemp(join(tmpdir(), 'terraform-run-'));
  const directory = join(base, 'work');
  const resources = join(base, 'resources');
  await mkdir(directory);
  if (source !== undefined)
    await cp(source, directory, { recursive: true, filter: (path) => !path.includes('.terraform') });
  const { cliConfigFile } = await installProviderMirror({ directory: base });
  const environment = cleanEnvironment({ TF_CLI_CONFIG_FILE: cliConfigFile, LIVEKIT_GKE_PROVIDER_DIR: resources });

  const at = (folder: string): TerraformRun => ({
    directory: folder,
    resources,
    environment,
    run: (args, more = {}) => execute(engine, args, folder, { ...environment, ...more }),
    in: (below) => at(join(folder, below)),
    write: (file, content) => writeFile(join(folder, file), content),
    filesWith: (secret) => filesWith(folder, secret),
    remove: () => rm(base, { recursive: true, force: true }),
  });
  return at(directory);
}

/** The caller's environment without what would lead Terraform or the provider elsewhere. */
function cleanEnvironment(more: Record<string, string>): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !/^(TF_|GOOGLE_|GCLOUD_|CLOUDSDK_|LIVEKIT_GKE_|NODE_OPTIONS$)/.test(name),
  ) as [string, string][];
  return {
    ...Object.fromEntries(kept),
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    TF_CLI_ARGS: '-no-color',
    ...more,
  };
}

function execute(engine: Engine, args: readonly string[], cwd: string, env: Record<string, string>): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    execFile(engine, args, { cwd, env, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(new Error(`${engine} could not be run`, { cause: error }));
      else resolve({ exitCode: error ? Number(error.code) : 0, text: `${stdout}${stderr}` });
    });
  });
}

async function filesWith(folder: string, secret: string): Promise<string[]> {
  const forms = encodings(secret).map((form) => Buffer.from(form));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const content = await readFile(file);
    const contents = new Map<string, Buffer>([[file, content]]);
    if (content.subarray(0, 4).equals(ZIP))
      for (const [name, member] of readZip(content)) contents.set(`${file}!${name}`, member);
    for (const [name, bytes] of contents) if (forms.some((form) => bytes.includes(form))) found.push(name);
  }
  return found;
}
