import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../sandbox/command.ts';
import { webAuthority } from '../../../sandbox/gke/certificate/authority.ts';
import { WORLD_CLIENT } from '../../../sandbox/kubernetes/plan.ts';
import { inWorld } from '../../../sandbox/world/outside.ts';
import { type Report, reportSchema } from '../../../src/verify/report.ts';
import { Lab, NAMESPACE } from '../deploy/lab.ts';
import { signIn } from '../world/sign-in.ts';
import { Inward } from './inward.ts';

const TURN_SECRET = 'livekit-turn-tls-dev';
/** LiveKit 1.11 is the known-bad case: its TURN server relays to anybody, and its credentials never end. */
export const KNOWN = ['turn-credentials', 'turn-relay'] as const;

/** The lab of deploys with two pods, TURN, and a person outside who verifies. */
export class VerifyLab {
  readonly lab: Lab;
  readonly #inward: Inward;
  readonly #directory: string;

  private constructor(lab: Lab, inward: Inward, directory: string) {
    this.lab = lab;
    this.#inward = inward;
    this.#directory = directory;
  }

  static async open(): Promise<VerifyLab> {
    const lab = await Lab.open();
    const directory = mkdtempSync(join(tmpdir(), 'verify-'));
    const { google, kubernetes } = lab.config.addresses;
    const made = new VerifyLab(lab, await Inward.open(lab.config, [google, kubernetes]), directory);
    await lab.kubectl('create', 'namespace', NAMESPACE).catch(() => '');
    await made.installCertificate(lab.environment.turnDomain, 30);
    await lab.deploy({ set: ['replicaCount=2'] });
    await lab.untilServed();
    return made;
  }

  async close(): Promise<void> {
    this.#inward.close();
    rmSync(this.#directory, { recursive: true, force: true });
    await this.lab.close();
  }

  /** A certificate for TURN by an authority that the person trusts: itself. Days below zero: it has ended. */
  async installCertificate(domain: string, days: number): Promise<void> {
    const [key, certificate] = [join(this.#directory, 'key.pem'), join(this.#directory, 'cert.pem')];
    const times =
      days > 0 ? ['-days', String(days)] : ['-not_before', '20260101000000Z', '-not_after', '20260102000000Z'];
    const kind = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      key,
      '-out',
      certificate,
    ];
    const who = ['-subj', `/CN=${domain}`, '-addext', `subjectAltName=DNS:${domain}`];
    await run('openssl', ['req', '-x509', ...kind, ...times, ...who], { timeoutSeconds: 20 });
    const data = (file: string) => readFileSync(file).toString('base64');
    await this.lab.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name: TURN_SECRET, namespace: NAMESPACE },
      data: { 'tls.crt': data(certificate), 'tls.key': data(key) },
    });
  }

  /** Verifies from outside; the checks by id or tag, all of them without any. */
  async verify(...checks: string[]): Promise<Report> {
    const { config, environment } = this.lab;
    const authorities = join(this.#directory, 'authorities.pem');
    const web = readFileSync(webAuthority(config.directory), 'utf8');
    writeFileSync(authorities, `${web}\n${readFileSync(join(this.#directory, 'cert.pem'), 'utf8')}`);
    const { google, kubernetes } = config.addresses;
    const server = `https://127.0.0.1:${new URL(kubernetes).port}`;
    const job = {
      endpoints: JSON.stringify({
        googleapis: google,
        kubernetes: { server, certificateAuthority: config.kubernetes.certificateAuthority },
      }),
      token: await signIn(config, 'livekit-verify'),
      outputs: environment.outputs,
      stunServer: `${WORLD_CLIENT}:3478`,
      checks,
      accept: KNOWN,
    };
    const [command = '', ...prefix] = inWorld(config.directory);
    const child = spawn(command, [...prefix, process.execPath, join(import.meta.dirname, 'outsider.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: authorities },
    });
    child.stdin.end(JSON.stringify(job));
    const lines = (await text(child.stdout)).trim().split('\n');
    return reportSchema.parse(JSON.parse(lines.at(-1) ?? ''));
  }
}

/** Each check's verdict, with the evidence of what did not pass, in one object to compare. */
export function verdicts(report: Report): Record<string, string> {
  return Object.fromEntries(report.checks.map(({ id, verdict }) => [id, verdict]));
}

/** Asserts that exactly these checks do not pass, and that the known ones are as they always are. */
export function assertOnly(report: Report, expected: Readonly<Record<string, string>>): void {
  const odd = report.checks.filter(({ id, verdict }) => {
    const known = (KNOWN as readonly string[]).includes(id) && verdict === 'fail';
    return !known && verdict !== 'pass' && verdict !== 'skip';
  });
  const seen = Object.fromEntries(odd.map(({ id, verdict }) => [id, verdict]));
  const words = odd.map(({ id, evidence, cause }) => `${id}: ${evidence} ${cause ?? ''}`).join('\n');
  assert.deepEqual(seen, expected, words);
}
