import { createServer, type Server } from 'node:http';
import { run, attempt } from '../command.ts';
import type { SandboxConfig } from '../config.ts';
import { GLOBAL_ADDRESSES, REGIONAL_ADDRESSES, WORLD_DEVICE, WORLD_DNS } from '../kubernetes/plan.ts';
import { readRecord } from '../world/record.ts';
import { putLoadBalancers } from '../world/world.ts';
import type { Api } from './api.ts';
import { createAuthority, issue } from './certificate/authority.ts';
import { CertificateController } from './certificate/controller.ts';
import { resolverAt } from './certificate/dns.ts';
import { CertificateStore } from './certificate/store.ts';
import { ephemeral } from './ephemeral.ts';
import { Events } from './events.ts';
import { IngressController } from './ingress/controller.ts';
import { isOurs, type IngressWorld } from './ingress/plan.ts';
import type { Certificate } from './ingress/proxy.ts';
import {
  BackendConfig,
  EndpointSlice,
  FrontendConfig,
  Ingress,
  keyOf,
  ManagedCertificate,
  Node,
  Secret,
  Service,
} from './objects.ts';
import { ServiceController } from './service/controller.ts';
import { isBalanced } from './service/plan.ts';

const INGRESSES = '/apis/networking.k8s.io/v1/ingresses';
const CERTIFICATES = '/apis/networking.gke.io/v1/managedcertificates';

/** All of GKE's own controllers that the sandbox plays, on one cluster and one world. */
export class Controllers {
  private readonly config: SandboxConfig;
  private readonly api: Api;
  private readonly certificates: CertificateController;
  private readonly ingresses: IngressController;
  private readonly services: ServiceController;
  /** Certificates of Secrets that Ingresses name. */
  private secrets = new Map<string, Certificate>();

  constructor(config: SandboxConfig, api: Api, write: (line: string) => void) {
    this.config = config;
    this.api = api;
    const events = new Events(api, write);
    this.certificates = new CertificateController({
      ...{ api, events, store: new CertificateStore(config.directory), questions: resolverAt(WORLD_DNS) },
      issue: (domains) => issue(config.directory, domains),
      now: () => new Date(),
    });
    this.ingresses = new IngressController({
      ...{ api, events, write },
      claim: async (address) => void (await run('ip', ['address', 'replace', `${address}/32`, 'dev', WORLD_DEVICE])),
      release: async (address) =>
        void (await attempt('ip', ['address', 'delete', `${address}/32`, 'dev', WORLD_DEVICE])),
      certificateOf: (name) =>
        name.startsWith('managed:')
          ? this.certificates.get(name.slice('managed:'.length))
          : this.secrets.get(name.slice('secret:'.length)),
    });
    this.services = new ServiceController({ api, events, put: (all) => putLoadBalancers(config, all) });
  }

  async prepare(): Promise<void> {
    await createAuthority(this.config.directory);
  }

  /** One look at the cluster and at what Terraform applied; afterwards the world is as both ask. */
  async round(): Promise<void> {
    const { api } = this;
    const [ingresses, services, certificates] = await Promise.all([
      api.list(INGRESSES, Ingress),
      api.list('/api/v1/services', Service),
      api.list(CERTIFICATES, ManagedCertificate),
    ]);
    const ours = ingresses.filter(isOurs);
    const balanced = services.filter(isBalanced);
    const isIdle = ours.length + balanced.length === 0;
    // Most of the time there is nothing to balance: then nothing more is asked.
    const slices = isIdle ? [] : await api.list('/apis/discovery.k8s.io/v1/endpointslices', EndpointSlice);
    const done = await Promise.allSettled([
      this.roundOfIngresses(ours, services, slices, certificates),
      this.roundOfServices(balanced, services, slices),
    ]);
    for (const result of done) if (result.status === 'rejected') throw result.reason;
  }

  close(): void {
    this.ingresses.close();
  }

  /** What the load balancers know, as JSON: for people and tests. */
  page(): Server {
    return createServer((_request, response) => {
      const { loadBalancers } = readRecord(this.config.directory);
      const body = { ingresses: this.ingresses.usage(), plans: this.ingresses.plans(), loadBalancers };
      response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(body, null, 2)}\n`);
    });
  }

  private async roundOfIngresses(
    ours: readonly Ingress[],
    services: readonly Service[],
    slices: readonly EndpointSlice[],
    certificates: readonly ManagedCertificate[],
  ): Promise<void> {
    const { api } = this;
    const [backendConfigs, frontendConfigs] =
      ours.length === 0
        ? [[], []]
        : await Promise.all([
            api.list('/apis/cloud.google.com/v1/backendconfigs', BackendConfig),
            api.list('/apis/networking.gke.io/v1beta1/frontendconfigs', FrontendConfig),
          ]);
    const isWithSecrets = ours.some(({ spec }) => spec.tls.some(({ secretName }) => secretName));
    this.secrets = isWithSecrets
      ? certificatesOf(await api.list('/api/v1/secrets', Secret))
      : new Map<string, Certificate>();
    const addresses = this.addresses('global');
    const taken = new Set([...addresses.values(), ...this.ingresses.plans().map(({ address }) => address)]);
    const world: IngressWorld = {
      ...{ services, slices, backendConfigs, frontendConfigs, addresses },
      secrets: [...this.secrets.keys()],
      managedCertificates: certificates.map(keyOf),
      ephemeral: (key) => {
        const own = this.ingresses.plans().find((plan) => plan.key === key)?.address;
        const present = own ?? ours.find((each) => keyOf(each) === key)?.status[0];
        if (own !== undefined && ![...addresses.values()].includes(own)) taken.delete(own);
        const address = ephemeral(GLOBAL_ADDRESSES, taken, present);
        taken.add(address);
        return address;
      },
    };
    await this.ingresses.round(ours, world);
    await this.certificates.round(certificates, (key) =>
      this.ingresses.plans().flatMap((plan) => (plan.certificates.includes(`managed:${key}`) ? [plan.address] : [])),
    );
  }

  private async roundOfServices(
    balanced: readonly Service[],
    services: readonly Service[],
    slices: readonly EndpointSlice[],
  ): Promise<void> {
    const present = readRecord(this.config.directory).loadBalancers;
    if (balanced.length === 0 && Object.keys(present).length === 0) return;
    const nodes = await this.api.list('/api/v1/nodes', Node);
    const addresses = this.addresses('regional');
    const taken = new Set([...addresses.values(), ...Object.values(present).map(({ address }) => address)]);
    const others = services.filter((each) => !balanced.includes(each) && each.status.length > 0);
    await this.services.round(balanced, others, {
      ...{ nodes, slices, addresses, present },
      ephemeral: (key) => {
        const before = balanced.find((each) => keyOf(each) === key)?.status[0];
        const address = ephemeral(REGIONAL_ADDRESSES, taken, before);
        taken.add(address);
        return address;
      },
    });
  }

  /** What Terraform reserved, by name. */
  private addresses(kind: 'global' | 'regional'): Map<string, string> {
    const reserved = Object.values(readRecord(this.config.directory).addresses);
    const prefix = (kind === 'global' ? GLOBAL_ADDRESSES : REGIONAL_ADDRESSES).replace(/\d+\/\d+$/, '');
    return new Map(
      reserved.filter(({ address }) => address.startsWith(prefix)).map(({ name, address }) => [name, address]),
    );
  }
}

function certificatesOf(secrets: readonly Secret[]): Map<string, Certificate> {
  const text = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString();
  return new Map(
    secrets
      .filter(({ data }) => data?.['tls.crt'] && data['tls.key'])
      .map((secret) => [
        keyOf(secret),
        { certificate: text(secret.data?.['tls.crt']), key: text(secret.data?.['tls.key']) },
      ]),
  );
}
