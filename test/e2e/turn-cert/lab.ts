import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Acme, startAcme } from '../../../sandbox/acme/start.ts';
import { run } from '../../../sandbox/command.ts';
import { inWorld } from '../../../sandbox/world/outside.ts';
import { Lab } from '../deploy/lab.ts';
import { runStep, type Step, type StepResult } from '../deploy/job.ts';
import { ownerSignIn } from '../world/sign-in.ts';

export const SECRET = 'livekit-turn-tls-dev';

const tlsSecret = z.object({ data: z.object({ 'tls.crt': z.string(), 'tls.key': z.string() }) });
const versions = z.object({
  versions: z.array(z.object({ name: z.string(), state: z.string() })).default([]),
});
const recordSets = z.object({ rrsets: z.array(z.object({ name: z.string(), type: z.string() })).default([]) });
const orders = z.object({ orders: z.array(z.object({ outcome: z.string(), isRenewal: z.boolean() })) });

/** The lab of deploys with a certificate authority beside it, and a zone for its challenges. */
export class CertificateLab {
  readonly lab: Lab;
  readonly acme: Acme;

  private constructor(lab: Lab, acme: Acme) {
    this.lab = lab;
    this.acme = acme;
  }

  static async open(): Promise<CertificateLab> {
    const lab = await Lab.open();
    const [acme] = await Promise.all([
      startAcme(lab.config),
      lab.environment.apply(lab.keys, { acme_zone: { dns_name: 'acme-dev.nova.example' } }),
    ]);
    return new CertificateLab(lab, acme);
  }

  async close(): Promise<void> {
    await this.acme.stop();
    await this.lab.close();
  }

  /** One run of turn-cert as GitHub runs it, whatever its conclusion. */
  run({ inputs, ...step }: Step = {}): Promise<StepResult> {
    const given = {
      directory: this.acme.directoryUrl,
      'ca-bundle': readFileSync(this.acme.certificateAuthority, 'utf8'),
      'dns-resolvers': this.acme.resolvers.join('\n'),
      'drain-minutes': '0',
      profile: 'tlsserver',
      ...inputs,
    };
    return runStep(this.lab, 'dev', { ...step, action: 'turn-cert', inputs: given });
  }

  /** As `run`, which must succeed. */
  async renew(step: Step = {}): Promise<StepResult> {
    const result = await this.run(step);
    assert.equal(result.conclusion, 'success', `${result.errors.join('\n')}\n${result.log}`);
    return result;
  }

  /** The serial that a client of TURN/TLS is shown. */
  async shown(): Promise<string> {
    const [command = '', ...prefix] = inWorld(this.lab.config.directory);
    const file = join(import.meta.dirname, 'shown.ts');
    const text = await run(command, [...prefix, process.execPath, file, this.lab.environment.turnDomain, '443'], {
      timeoutSeconds: 30,
    });
    return text.trim();
  }

  /** What the Kubernetes Secret holds. */
  async installed(): Promise<{ serial: string; key: string; certificate: string }> {
    const { data } = await this.lab.get(tlsSecret, 'secret', SECRET);
    const text = (entry: 'tls.crt' | 'tls.key') => Buffer.from(data[entry], 'base64').toString('utf8');
    const certificate = text('tls.crt');
    return { serial: new X509Certificate(certificate).serialNumber.toLowerCase(), key: text('tls.key'), certificate };
  }

  /** Numbers of the certificate's versions in Secret Manager by state. */
  async versions(): Promise<{ number: number; state: string }[]> {
    const { config } = this.lab;
    const url = `${config.addresses.google}/secretmanager.googleapis.com/v1/projects/${config.project.id}/secrets/livekit-dev-turn-certificate/versions`;
    const found = versions.parse(await this.#ask(url)).versions;
    return found
      .map(({ name, state }) => ({ number: Number(name.split('/').at(-1)), state }))
      .sort((a, b) => a.number - b.number);
  }

  /** Challenges that are in DNS at this moment. */
  async challenges(): Promise<string[]> {
    const { config } = this.lab;
    const url = `${config.addresses.google}/dns.googleapis.com/dns/v1/projects/${config.project.id}/managedZones/livekit-dev-acme/rrsets`;
    const found = recordSets.parse(await this.#ask(url)).rrsets;
    return found.filter(({ type }) => type === 'TXT').map(({ name }) => name);
  }

  /** Orders that the bucket's record tells. */
  async orders(): Promise<z.infer<typeof orders>['orders']> {
    const { addresses, bucket } = this.lab.config;
    const path = encodeURIComponent('livekit/dev/turn-cert/record.json');
    const answer = await fetch(`${addresses.storageUpstream}/storage/v1/b/${bucket}/o/${path}?alt=media`);
    return orders.parse(await answer.json()).orders;
  }

  async #ask(url: string): Promise<unknown> {
    const authorization = `Bearer ${await ownerSignIn(this.lab.config)}`;
    const answer = await fetch(url, { headers: { authorization } });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return JSON.parse(text) as unknown;
  }
}
