import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../sandbox/command.ts';
import { webAuthority } from '../../../sandbox/gke/certificate/authority.ts';
import { WORLD_CLIENT, WORLD_DNS } from '../../../sandbox/kubernetes/plan.ts';
import { inWorld } from '../../../sandbox/world/outside.ts';
import { type Report, reportSchema } from '../../../src/verify/report.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from '../../../src/verify/world.ts';
import { eventually, Lab, NAMESPACE } from '../deploy/lab.ts';
import { post, signIn } from '../world/sign-in.ts';
import { Inward } from './inward.ts';

const TURN_SECRET = 'livekit-turn-tls-dev';
const LIVEKIT = 'app.kubernetes.io/name=livekit-server';
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
    await made.installCertificate(lab.environment.turnDomain);
    await lab.deploy({ set: ['replicaCount=2'] });
    await lab.untilServed();
    return made;
  }

  async close(): Promise<void> {
    this.#inward.close();
    rmSync(this.#directory, { recursive: true, force: true });
    await this.lab.close();
  }

  /** A certificate for TURN by an authority that the person trusts: itself. It is valid for a day that has passed, or for 30 days. */
  async installCertificate(domain: string, validity: 'valid' | 'expired' = 'valid'): Promise<void> {
    // The same again for who asks again: the pods still serve what they read at their start.
    const folder = join(this.#directory, `${domain}-${validity}`);
    const file = (name: string) => join(folder, name);
    if (!existsSync(folder)) await this.#makeCertificate(folder, domain, validity);
    const data = (name: string) => readFileSync(file(name)).toString('base64');
    await this.lab.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name: TURN_SECRET, namespace: NAMESPACE },
      data: { 'tls.crt': data('cert.pem'), 'tls.key': data('key.pem') },
    });
  }

  async #makeCertificate(folder: string, domain: string, validity: 'valid' | 'expired'): Promise<void> {
    mkdirSync(folder);
    const file = (name: string) => join(folder, name);
    const openssl = (...args: string[]) => run('openssl', args, { timeoutSeconds: 20 });
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key.pem')];
    const who = ['-subj', `/CN=${domain}`, '-addext', `subjectAltName=DNS:${domain}`];
    if (validity === 'valid') await openssl('req', '-x509', ...curve, ...who, '-days', '30', '-out', file('cert.pem'));
    else {
      // Only an authority of its own may set both dates.
      await openssl('req', '-new', ...curve, ...who, '-out', file('request.pem'));
      writeFileSync(file('index'), '');
      writeFileSync(file('authority.cnf'), authorityOf(folder));
      const dates = ['-startdate', '20260101000000Z', '-enddate', '20260102000000Z'];
      const self = ['-config', file('authority.cnf'), '-batch', '-selfsign', '-notext', '-keyfile', file('key.pem')];
      await openssl('ca', ...self, ...dates, '-in', file('request.pem'), '-out', file('cert.pem'));
    }
  }

  /** New pods in place of all; gives when so many serve, and people outside get through to them. */
  async replacePods(serving: number): Promise<void> {
    const before = (await this.lab.pods()).map(({ uid }) => uid);
    await this.lab.kubectl('delete', 'pods', '-n', NAMESPACE, '-l', LIVEKIT, '--grace-period=1');
    await eventually(async () => {
      const pods = await this.lab.pods();
      assert.ok(!pods.some(({ uid }) => before.includes(uid)), 'old pods are there');
      assert.equal(pods.filter(({ ready }) => ready).length, serving, JSON.stringify(pods));
    }, 90);
    await this.untilSignalled();
  }

  /**
   * Waits until people outside get through to LiveKit: the load balancer may still lead to pods that left. A new pod tells of its
   * node's packets after a moment only, and not at all once Redis is gone.
   */
  async untilSignalled(): Promise<void> {
    await eventually(async () => {
      const { checks } = await this.verify({ checks: ['api', 'signal-join', 'metrics'] });
      const bad = checks.filter(({ verdict }) => verdict !== 'pass');
      assert.deepEqual(bad, []);
    }, 90);
  }

  /** Google's answer to a request of this identity. */
  async google(method: string, path: string, body: unknown, account = 'livekit-cicd'): Promise<unknown> {
    const token = await signIn(this.lab.config, account);
    const { status, text: answer } = await post(`${this.lab.config.addresses.google}/${path}`, token, body, method);
    assert.ok(status < 300, `${method} ${path}: ${status} ${answer}`);
    return answer === '' ? undefined : JSON.parse(answer);
  }

  /** Verifies from outside. */
  async verify(wish: Wish = {}): Promise<Report> {
    const { report } = await this.start(wish);
    const done = await report;
    assert.ok(done !== undefined, 'the one who verifies gave no report');
    // For pictures in docs: what real runs said.
    const keep = process.env['VERIFY_REPORTS'];
    if (keep !== undefined)
      writeFileSync(join(keep, `${done.startedAt.replaceAll(':', '')}.json`), JSON.stringify(done));
    return done;
  }

  /** Begins to verify, for whoever does something meanwhile. */
  async start(wish: Wish = {}): Promise<Run> {
    const { config, environment } = this.lab;
    const authorities = join(this.#directory, 'authorities.pem');
    const web = readFileSync(webAuthority(config.directory), 'utf8');
    writeFileSync(
      authorities,
      `${web}\n${readFileSync(join(this.#directory, `${environment.turnDomain}-valid`, 'cert.pem'), 'utf8')}`,
    );
    const { google, kubernetes } = config.addresses;
    const server = `https://127.0.0.1:${new URL(kubernetes).port}`;
    const job = {
      endpoints: JSON.stringify({
        googleapis: google,
        kubernetes: { server, certificateAuthority: config.kubernetes.certificateAuthority },
      }),
      token: await signIn(config, wish.as ?? 'livekit-verify'),
      outputs: { ...environment.outputs, ...wish.outputs },
      stunServer: `${WORLD_CLIENT}:3478`,
      publicResolver: WORLD_DNS,
      checks: wish.checks ?? [],
      without: wish.without ?? [],
      accept: KNOWN,
      thresholds: { ...DEFAULT_THRESHOLDS, certificateDays: 1, ...wish.thresholds },
      patienceSeconds: wish.patienceSeconds,
    };
    const [command = '', ...prefix] = inWorld(config.directory);
    const directory = mkdtempSync(join(tmpdir(), 'verifier-'));
    const child = spawn(command, [...prefix, process.execPath, join(import.meta.dirname, 'outsider.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: authorities, TMPDIR: directory },
    });
    child.stdin.end(JSON.stringify(job));
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const report = once(child, 'close').then(() => {
      const last = said.trim().split('\n').at(-1) ?? '';
      return last.startsWith('{') ? reportSchema.parse(JSON.parse(last)) : undefined;
    });
    return { child, directory, report, said: () => said };
  }
}

/** What is run, and how; all checks as `livekit-verify` when it says nothing. */
export interface Wish {
  /** Ids and tags. */
  readonly checks?: readonly string[];
  /** Ids of checks that nothing else needs. */
  readonly without?: readonly string[];
  readonly as?: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly thresholds?: Partial<Thresholds>;
  /** For checks that are tried again while they fail: their own time is for clouds that are slower. */
  readonly patienceSeconds?: number;
}

/** Somebody who verifies, at it. */
export interface Run {
  readonly child: ChildProcess;
  /** Where its temporary files are. */
  readonly directory: string;
  /** `undefined` when it ended without one. */
  readonly report: Promise<Report | undefined>;
  readonly said: () => string;
}

function authorityOf(directory: string): string {
  return `[ca]
default_ca = own
[own]
database = ${join(directory, 'index')}
new_certs_dir = ${directory}
default_md = sha256
policy = any
rand_serial = yes
copy_extensions = copy
[any]
commonName = supplied
`;
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
