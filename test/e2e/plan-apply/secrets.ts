import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../../sandbox/command.ts';
import { encodings } from '../../../src/runner/mask.ts';
import type { Check } from '../scenario.ts';
import { type Lab, providerFault, refused, succeeded } from './lab.ts';

const SHAPES: Readonly<Record<string, (unique: string) => string>> = {
  short: (unique) => unique.slice(0, 8),
  lines: (unique) => `-----BEGIN ${unique}-----\n${unique}A\n${unique}B\n-----END ${unique}-----`,
  regex: (unique) => `^(${unique})+[a-z]*$.|\\${unique}?{2,}`,
  base64: (unique) => Buffer.from(`base64 of ${unique}`).toString('base64'),
  url: (unique) => `https://u:${unique}%21@host.example/?q=${unique}&r= é`,
  json: (unique) => `{"k":"${unique}\\"quoted\\" <&>"}`,
  heredoc: (unique) => `heredoc-${unique}-$&`,
  number: (unique) => String(BigInt(`0x${unique.slice(0, 12)}`) + 10n ** 15n),
};
const NAMES = Object.keys(SHAPES);

/** Two of each shape: one goes through sensitive variables, which plan and state keep, one through ephemeral ones. */
type Kind = 'sensitive' | 'ephemeral';

/**
 * Secrets of eight shapes, through the whole of a failing and a succeeding apply. Sensitive ones are in the plan's file and
 * in the state, as Terraform has it, and nowhere else; ephemeral ones, and the API secret, only in Secret Manager.
 */
export async function secrets(check: Check, lab: Lab): Promise<void> {
  await check('canary secrets of eight shapes are nowhere: comments, summaries, logs, bucket, arguments', async () => {
    const canaries = newCanaries();
    const env = variablesOf(canaries);
    const pull = await lab.open('Keep canaries', { 'terraform/environments/dev/canaries.tf': configuration() });
    const watch = new ArgumentWatch([...canaries.values(), lab.job.canary.secret]);
    try {
      succeeded(await lab.plan(pull, env));
      const before = await lab.merge(pull);
      // What Google says may hold what it was given.
      const message = `invalid value ${[...canaries.values()].join(' and ')}`;
      const fault = providerFault({ resource: 'google_compute_firewall/canaries', operation: 'create', message });
      refused(await lab.apply(before, { ...env, ...fault }), /invalid value/);
      succeeded(await lab.apply(before, env));
    } finally {
      assert.deepEqual(watch.stop(), [], 'secrets among the arguments of a program');
    }
    const found = await expectHidden(lab, canaries);
    // The search finds what is there.
    for (const name of canaries.keys()) {
      const place = name.startsWith('sensitive') ? 'state' : 'secrets';
      assert.ok(found.has(`${name} in ${place}`), `${name} was not found in ${place}, where it must be`);
    }
  });
}

/** Without a plan nothing but the declarations tells what is secret: an engine that fails then quotes what it likes. */
export async function secretsOfFailedPlans(check: Check, lab: Lab): Promise<void> {
  await check('errors while planning that quote canary secrets of eight shapes do not show them', async () => {
    const canaries = newCanaries();
    const declared = 'terraform/environments/dev/refused.tf';
    const pull = await lab.open('Refuse canaries', { [declared]: refusedConfiguration() });
    const message = `invalid value ${[...canaries.values()].join(' and ')}`;
    const fault = providerFault({ resource: 'google_compute_firewall/refused', operation: 'plan', message });
    // The provider's own check of a value, and what Google says of it.
    const quoted = /expected tier to be one of .*, got "(\\"|\*\*\*)/;
    const run = refused(await lab.plan(pull, { ...variablesOf(canaries), ...fault }), quoted, /invalid value \*\*\*/);
    assert.match(await lab.comment(pull), /got "\*\*\*"/, run.logFile);
    await expectHidden(lab, canaries);

    // The engine's own refusal, which quotes what it cannot parse.
    const broken = `["${canaries.get('sensitive_heredoc')}", "${canaries.get('sensitive_base64')}`;
    const list = `variable "sensitive_list" {\n  type      = list(string)\n  sensitive = true\n}\n`;
    const wrong = await lab.open('Break a list', { 'terraform/environments/dev/list.tf': list });
    refused(await lab.plan(wrong, { TF_VAR_sensitive_list: broken }), /sensitive_list/);
    await expectHidden(lab, canaries);
  });
}

function newCanaries(): Map<string, string> {
  return new Map(
    (['sensitive', 'ephemeral'] as const).flatMap((kind) =>
      NAMES.map((name) => [`${kind}_${name}`, SHAPES[name]?.(randomBytes(9).toString('hex')) ?? ''] as const),
    ),
  );
}

const variablesOf = (canaries: ReadonlyMap<string, string>) =>
  Object.fromEntries([...canaries].map(([name, value]) => [`TF_VAR_${name}`, value]));

/** Fails for each place where a canary is that must not be there; gives where it is, as it must. */
async function expectHidden(lab: Lab, canaries: ReadonlyMap<string, string>): Promise<Set<string>> {
  const everywhere = await texts(lab);
  const leaks: string[] = [];
  const found = new Set<string>();
  for (const [name, value] of [...canaries, ['api secret', lab.job.canary.secret] as const]) {
    const needles = encodings(value).map((form) => Buffer.from(form));
    for (const { place, content, keeps } of everywhere) {
      if (!needles.some((needle) => content.includes(needle))) continue;
      if (keeps.some((prefix) => name.startsWith(prefix))) found.add(`${name} in ${place.split(' ')[0] ?? ''}`);
      else leaks.push(`${name}: ${place}`);
    }
  }
  assert.deepEqual(leaks, []);
  return found;
}

const variable = (kind: Kind, name: string) =>
  `variable "${kind}_${name}" {\n  type      = ${name === 'number' ? 'number' : 'string'}\n  sensitive = true\n${kind === 'ephemeral' ? '  ephemeral = true\n' : ''}}\n`;
const variables = () => NAMES.map((name) => variable('sensitive', name) + variable('ephemeral', name)).join('\n');

/** What the provider refuses while planning, quoting each sensitive value. */
function refusedConfiguration(): string {
  const redis = (name: string) => `resource "google_redis_instance" "refused_${name}" {
  name           = "refused-${name}"
  memory_size_gb = 1
  tier           = var.sensitive_${name}
}
`;
  return `${variables()}
${NAMES.map(redis).join('\n')}
resource "google_compute_firewall" "refused" {
  name          = "refused"
  network       = "livekit-dev"
  source_ranges = ["10.0.0.0/8"]
  allow {
    protocol = "tcp"
    ports    = ["9"]
  }
}
`;
}

function configuration(): string {
  const version = (name: string) => `resource "google_secret_manager_secret" "canary_${name}" {
  secret_id = "canary-${name}"
  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_version" "canary_${name}" {
  secret                 = google_secret_manager_secret.canary_${name}.id
  secret_data_wo         = var.ephemeral_${name}
  secret_data_wo_version = 1
}
`;
  return `${variables()}
${NAMES.map(version).join('\n')}
locals {
  canaries = { for name, value in {
${NAMES.map((name) => `    ${name} = tostring(var.sensitive_${name})`).join('\n')}
  } : name => value }
}

resource "terraform_data" "canaries" {
  for_each = toset(${JSON.stringify(NAMES)})
  input = {
    plain   = local.canaries[each.key]
    json    = jsonencode({ nested = [local.canaries[each.key]] })
    base64  = base64encode(local.canaries[each.key])
    url     = urlencode(local.canaries[each.key])
    heredoc = <<-EOT
      before
      \${local.canaries[each.key]}
      after
    EOT
  }
}

resource "google_compute_firewall" "canaries" {
  name        = "canaries"
  network     = "livekit-dev"
  description = sha256(join(",", values(local.canaries)))
  source_ranges = ["10.0.0.0/8"]
  allow {
    protocol = "tcp"
    ports    = ["9"]
  }
  depends_on = [terraform_data.canaries]
}
`;
}

interface Text {
  readonly place: string;
  readonly content: Buffer;
  /** Which canaries may be there, by the beginning of their name. */
  readonly keeps: readonly string[];
}

/** All that the runs left: bucket (plans unpacked), the runs' files, GitHub's and Google's, and the user's clone. */
async function texts(lab: Lab): Promise<Text[]> {
  const found: Text[] = [];
  for (const name of await lab.objects('')) {
    const content = await lab.object(name);
    const keeps = name.endsWith('.tfplan') || name.endsWith('.tfstate') ? ['sensitive'] : [];
    found.push({ place: `${keeps.length > 0 ? 'state' : 'bucket'} ${name}`, content, keeps });
    if (name.endsWith('.tfplan'))
      found.push({ place: `state ${name} unpacked`, content: await unpacked(content), keeps });
  }
  const { directory } = lab.config;
  for (const file of filesBelow(directory)) {
    const path = file.slice(directory.length + 1);
    // The bucket's keeper has its objects as files, Secret Manager the secrets.
    const kept = path.startsWith('google/bucket/') && /\.(tfplan|tfstate)$/.test(path);
    const isSecrets = path.startsWith('google/secrets');
    const keeps = isSecrets ? ['ephemeral', 'api'] : kept ? ['sensitive'] : [];
    if (path.startsWith('bin/') || path.startsWith('images/')) continue;
    found.push({
      place: `${isSecrets ? 'secrets' : kept ? 'state' : 'file'} ${path}`,
      content: readFileSync(file),
      keeps,
    });
  }
  for (const file of filesBelow(lab.job.repository.directory))
    found.push({ place: `clone ${file}`, content: readFileSync(file), keeps: [] });
  return found;
}

async function unpacked(archive: Buffer): Promise<Buffer> {
  const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const directory = mkdtempSync(join(tmpdir(), 'plan-'));
  try {
    writeFileSync(join(directory, 'plan.zip'), archive);
    const { stdout } = await attempt('busybox', ['unzip', '-p', join(directory, 'plan.zip')], { timeoutSeconds: 30 });
    return Buffer.from(stdout);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Looks at every program's arguments, which every user of a machine sees. */
class ArgumentWatch {
  readonly #needles: readonly Buffer[];
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(values: readonly string[]) {
    this.#needles = values.flatMap(encodings).map((form) => Buffer.from(form));
    this.#timer = setInterval(() => this.#look(), 100);
    this.#timer.unref();
  }

  stop(): string[] {
    clearInterval(this.#timer);
    return [...this.#seen];
  }

  #look(): void {
    for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const line = readFileSync(`/proc/${id}/cmdline`);
        if (this.#needles.some((needle) => line.includes(needle))) this.#seen.add(line.toString().split('\0')[0] ?? id);
      } catch {
        // It ended meanwhile.
      }
    }
  }
}
