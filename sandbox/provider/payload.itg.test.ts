import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { outputsSchema } from '../../src/environment/outputs.ts';
import { readZip } from '../tools/zip.ts';
import { terraformRun, type Outcome, type TerraformRun } from './terraform-run.ts';

jest.setTimeout(180_000);

const TERRAFORM = fileURLToPath(new URL('../../terraform', import.meta.url));
const CANARY = 'canary-0123456789-0123456789-0123456789';
const VARIABLES = {
  TF_VAR_project_id: 'nova-livekit-dev',
  TF_VAR_domain: 'livekit-dev.example.com',
  TF_VAR_turn_domain: 'turn-dev.example.com',
  TF_VAR_livekit_api_key: 'APIcanarykey',
  TF_VAR_livekit_api_secret: CANARY,
};

let root: TerraformRun;
let dev: TerraformRun;
beforeAll(async () => {
  root = await terraformRun(TERRAFORM);
  dev = root.in('environments/dev');
  // the bucket is what a user has and this machine has not
  await dev.write('backend_override.tf', 'terraform {\n  backend "local" {}\n}\n');
  expect(await dev.run(['init'])).toMatchObject({ exitCode: 0 });
});
afterAll(() => root.remove());

const run = (args: string[], variables: Record<string, string> = {}): Promise<Outcome> =>
  dev.run(args, { ...VARIABLES, ...variables });

test('every file is formatted', async () => {
  expect(await root.run(['fmt', '-check', '-recursive'])).toEqual({ exitCode: 0, text: '' });
});

describe('the environment dev', () => {
  test('is valid', async () => {
    expect(await run(['validate'])).toMatchObject({ exitCode: 0 });
  });

  test('applies exactly its plan, and then finds nothing to change', async () => {
    expect(await run(['plan', '-out', 'dev.tfplan'])).toMatchObject({ exitCode: 0 });
    const applied = await run(['apply', 'dev.tfplan']);
    expect(applied.text).toContain('Apply complete! Resources: 28 added, 0 changed, 0 destroyed.');
    expect(await run(['plan', '-detailed-exitcode'])).toMatchObject({ exitCode: 0 });
  });

  test('has every output that deployment and verification read, in its type, none of them sensitive', async () => {
    const outputs = JSON.parse((await run(['output', '-json'])).text) as Record<
      string,
      { value: unknown; sensitive: boolean }
    >;
    expect(Object.entries(outputs).filter(([, { sensitive }]) => sensitive)).toEqual([]);
    const values = outputsSchema.parse(
      Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])),
    );
    expect(values).toMatchObject({
      cluster_name: 'livekit-cluster-dev',
      node_pool_name: 'livekit-dev',
      network_name: 'livekit-dev',
      livekit_secret_id: 'projects/nova-livekit-dev/secrets/livekit-dev-keys',
      livekit_secret_version: '1',
      redis_tier: 'BASIC',
      redis_memory_size_gb: 1,
      node_machine_type: 'c2-standard-4',
      node_pool_min_nodes: 1,
      node_pool_max_nodes: 3,
      get_credentials_command:
        'gcloud container clusters get-credentials livekit-cluster-dev --dns-endpoint --region asia-northeast1 --project nova-livekit-dev',
    });
  });

  test('opens the ports of the seed, to whom it says, and nothing else', async () => {
    const rules = (await resources('google_compute_firewall')).map((rule) => {
      const [allow] = rule['allow'] as { protocol: string; ports: string[] }[];
      return `${String(rule['name'])} ${allow!.ports.join()}/${allow!.protocol} from ${(rule['source_ranges'] as string[]).join()}`;
    });
    expect(rules.sort()).toEqual([
      'livekit-dev-certificates 80/tcp from 0.0.0.0/0',
      'livekit-dev-metrics 6789/tcp from 10.0.0.0/20,10.4.0.0/16',
      'livekit-dev-rtc-tcp 7881/tcp from 0.0.0.0/0',
      'livekit-dev-rtc-udp 50000-60000/udp from 0.0.0.0/0',
      'livekit-dev-signal 7880/tcp from 130.211.0.0/22,35.191.0.0/16',
      'livekit-dev-turn-tls 5349/tcp from 0.0.0.0/0',
      'livekit-dev-turn-udp 3478/udp from 0.0.0.0/0',
    ]);
  });

  test('keeps every pod that is not meant for them off the LiveKit nodes', async () => {
    const pools = await resources('google_container_node_pool');
    const [node] = pools.find(({ name }) => name === 'livekit-dev')!['node_config'] as Record<string, unknown>[];
    expect(node).toMatchObject({
      labels: { 'livekit-gke/pool': 'livekit' },
      taint: [{ key: 'dedicated', value: 'livekit', effect: 'NO_SCHEDULE' }],
    });
  });

  test('hands the key and secret to Secret Manager as the file that LiveKit reads', async () => {
    const folder = join(root.resources, 'google_secret_manager_secret_version');
    const file = (await readdir(folder)).find((name) => name.endsWith('.write-only.json'))!;
    const { secret_data_wo: data } = JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<string, string>;
    expect(data).toBe(`"APIcanarykey": "${CANARY}"\n`);
  });

  test('leaves the secret in no plan, no state and no other file', async () => {
    expect(await root.filesWith(CANARY)).toEqual([]);
    const members = readZip(await readFile(join(dev.directory, 'dev.tfplan')));
    expect([...members.keys()]).toEqual(expect.arrayContaining(['tfplan', 'tfstate', 'tfconfig/m-/main.tf']));
  });

  test('writes a new secret when its version is counted up, the new before the old, and keeps the old, disabled', async () => {
    const same = await run(['plan', '-detailed-exitcode'], { TF_VAR_livekit_api_secret: `other-${CANARY}` });
    expect(same).toMatchObject({ exitCode: 0 });
    const rotated = await run(['apply', '-auto-approve'], { TF_VAR_livekit_keys_version: '2' });
    expect(rotated.text).toContain('+/- resource "google_secret_manager_secret_version" "keys"');
    expect(rotated.text).toContain('livekit_secret_version = "2"');
    const versions = await resources('google_secret_manager_secret_version');
    expect(versions.map(({ version, enabled }) => `${String(version)} ${String(enabled)}`).sort()).toEqual([
      '1 false',
      '2 true',
    ]);
  });

  test('destroys everything; the peering and the old secret version end with what they belong to', async () => {
    const destroyed = await run(['destroy', '-auto-approve'], { TF_VAR_livekit_keys_version: '2' });
    expect(destroyed.text).toContain('Destroy complete! Resources: 28 destroyed.');
    const left = await readdir(root.resources, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });
});

describe('a bad value is refused with a sentence', () => {
  /** Terraform reports all that it finds at once: as many bad values in one plan as do not hide each other. */
  const plans = [
    { project_id: '123456789012', region: 'asia-northeast1-a' },
    {
      livekit_api_secret: 'short',
      livekit_api_key: 'a key',
      domain: 'localhost',
      redis_tier: 'GOLD',
      redis_memory_size_gb: '0.5',
      ranges: '{pods="10.0.8.0/21"}',
    },
    { turn_domain: 'livekit-dev.example.com', ranges: '{pods="10.0.0.0/20"}' },
    { ranges: '{nodes="10.0.0.1/20"}' },
    { node_pool_min_nodes: '4', release_channel: 'SLOW' },
  ];
  let refusals: Outcome[];
  beforeAll(async () => {
    refusals = [];
    for (const values of plans) {
      const variables = Object.entries(values).map(([name, value]) => [`TF_VAR_${name}`, value]);
      refusals.push(await run(['plan', '-refresh=false'], Object.fromEntries(variables) as Record<string, string>));
    }
  });

  test.each<[name: string, plan: number, sentence: string]>([
    ['a project number', 0, 'The project must be its id'],
    ['a zone for a region', 0, 'The region must be a region'],
    ['a secret that is too short', 1, 'must have 32 characters or more'],
    ['a key that no token could carry', 1, 'The LiveKit API key must be'],
    ['a domain that is none', 1, 'The domain must be a full domain name'],
    ['a maximum below the minimum', 4, 'its maximum must not be below its minimum'],
    ['an unknown Redis tier', 1, 'The tier must be BASIC or STANDARD_HA'],
    ['half a GB of Redis', 1, 'must be a whole number of GB'],
    ['ranges that overlap', 1, 'must not overlap'],
    ['a release channel that does not exist', 4, 'The release channel must be'],
    ['a TURN domain equal to the domain', 2, 'The TURN domain must differ from the domain'],
    ['equal ranges', 2, 'must not overlap'],
    ['a range that is none', 3, 'begins at its first address'],
  ])('%s', (_, plan, sentence) => {
    expect(refusals[plan]!.exitCode).toBe(1);
    expect(refusals[plan]!.text.replace(/\s*\n[\s│]*/g, ' ')).toContain(sentence);
  });
});

/** The attributes of each resource of a type, as the stand-in keeps them. */
async function resources(type: string): Promise<Record<string, unknown>[]> {
  const folder = join(root.resources, type);
  const files = (await readdir(folder)).filter((name) => !name.endsWith('.write-only.json'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.map((text) => (JSON.parse(text) as { attributes: Record<string, unknown> }).attributes);
}
