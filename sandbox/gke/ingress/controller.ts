import type { Api } from '../api.ts';
import type { Events, Happening, Subject } from '../events.ts';
import { keyOf, type Ingress } from '../objects.ts';
import { Refusal } from '../refusal.ts';
import { newName } from '../service/plan.ts';
import { DETACH_SECONDS, Detachment } from './detachment.ts';
import { HealthMonitor } from './health.ts';
import { type FrontEnd, type IngressWorld, planIngress } from './plan.ts';
import { type Certificate, Proxy, type ProxyOptions, type Usage } from './proxy.ts';

export interface IngressSettings {
  readonly api: Api;
  readonly events: Events;
  readonly write: (line: string) => void;
  /** Makes the address one of this machine, before the outside; and takes it away. */
  readonly claim: (address: string) => Promise<void>;
  readonly release: (address: string) => Promise<void>;
  readonly certificateOf: (name: string) => Certificate | undefined;
  readonly ports?: ProxyOptions['ports'];
  readonly health?: HealthMonitor;
}

interface Running {
  readonly uid: string;
  plan: FrontEnd;
  readonly proxy: Proxy;
}

const NORMAL = { component: 'loadbalancer-controller', type: 'Normal' } as const;
const BACKENDS = 'ingress.kubernetes.io/backends';

/** Plays GKE's Ingress controller, and the load balancers that it makes. */
export class IngressController {
  private readonly settings: IngressSettings;
  private readonly health: HealthMonitor;
  private readonly detachment = new Detachment(DETACH_SECONDS);
  private readonly running = new Map<string, Running>();

  constructor(settings: IngressSettings) {
    this.settings = settings;
    this.health = settings.health ?? new HealthMonitor(settings.write);
  }

  /** The front ends as they are. */
  plans(): FrontEnd[] {
    return [...this.running.values()].map(({ plan }) => plan);
  }

  usage(): Record<string, Usage & { readonly address: string; readonly healthy: readonly string[] }> {
    return Object.fromEntries(
      [...this.running].map(([key, { plan, proxy }]) => [
        key,
        { address: plan.address, ...proxy.usage(), healthy: this.healthyOf(plan) },
      ]),
    );
  }

  /** One look at every Ingress of the class. What cannot be made real leaves the load balancer as it was. */
  async round(all: readonly Ingress[], world: IngressWorld): Promise<void> {
    for (const [key, { uid, plan }] of this.running) {
      if (!all.some((each) => keyOf(each) === key && each.metadata.uid === uid)) await this.remove(key, plan);
    }
    const plans = new Map<string, FrontEnd>(this.plans().map((plan) => [plan.key, plan]));
    for (const ingress of all) {
      const subject = subjectOf(ingress);
      try {
        const plan = this.detachment.delay(planIngress(ingress, world), Date.now());
        const holder = [...plans.values()].find(({ key, address }) => address === plan.address && key !== plan.key);
        if (holder) {
          throw new Refusal(
            `googleapi: Error 400: Invalid value for field 'resource.IPAddress': '${plan.address}'. Specified IP address is in-use and would result in a conflict., invalid (Ingress ${holder.key})`,
          );
        }
        plans.set(plan.key, plan);
        await this.settings.events.tell(subject, { ...NORMAL, reason: 'Sync', message: 'Scheduled for sync' });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        await this.settings.events.tell(subject, warningOf(ingress, error.message));
      }
    }
    this.health.update([...plans.values()].flatMap(({ backends }) => backends));
    // One that fails, for example since its namespace is being deleted, keeps the others not back.
    const applied = await Promise.allSettled(
      all.map(async (ingress) => {
        const plan = plans.get(keyOf(ingress));
        if (plan) await this.apply(ingress, plan);
      }),
    );
    const failed = applied.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  close(): void {
    this.health.close();
    for (const { proxy } of this.running.values()) proxy.close();
  }

  private async apply(ingress: Ingress, plan: FrontEnd): Promise<void> {
    const before = this.running.get(plan.key);
    if (before && before.plan.address !== plan.address) await this.remove(plan.key, before.plan);
    let running = this.running.get(plan.key);
    if (!running) {
      await this.settings.claim(plan.address);
      running = {
        uid: ingress.metadata.uid,
        plan,
        proxy: new Proxy(plan, {
          isHealthy: (backend, endpoint) => this.health.isHealthy(backend, endpoint),
          write: this.settings.write,
          ...(this.settings.ports ? { ports: this.settings.ports } : {}),
        }),
      };
      this.running.set(plan.key, running);
    }
    running.plan = plan;
    const certificates = plan.certificates.flatMap((name) => this.settings.certificateOf(name) ?? []);
    await running.proxy.update(plan, certificates);
    await this.report(ingress, plan);
  }

  /** Status and annotations of the Ingress, as GKE's controller writes them. */
  private async report(ingress: Ingress, plan: FrontEnd): Promise<void> {
    const { namespace, name, annotations } = ingress.metadata;
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${name}`;
    if (ingress.status.join() !== plan.address) {
      await this.settings.api.patch(`${path}/status`, {
        status: { loadBalancer: { ingress: [{ ip: plan.address }] } },
      });
      const message = `IP is now ${plan.address}`;
      await this.settings.events.tell(subjectOf(ingress), { ...NORMAL, reason: 'IPChanged', message });
    }
    const backends = JSON.stringify(Object.fromEntries(plan.backends.map((each) => this.healthOf(each))));
    if (annotations[BACKENDS] !== backends) {
      await this.settings.api.patch(path, { metadata: { annotations: { [BACKENDS]: backends } } });
    }
  }

  private healthOf({ id, endpoints }: FrontEnd['backends'][number]): [name: string, health: string] {
    const isHealthy = endpoints.some((endpoint) => this.health.isHealthy(id, endpoint.id));
    const health = endpoints.length === 0 ? 'Unknown' : isHealthy ? 'HEALTHY' : 'UNHEALTHY';
    return [newName('k8s1', ...id.split(/[/:]/)), health];
  }

  private healthyOf({ backends }: FrontEnd): string[] {
    return backends.flatMap(({ id, endpoints }) =>
      endpoints.filter((each) => this.health.isHealthy(id, each.id)).map((each) => each.id),
    );
  }

  private async remove(key: string, { address }: FrontEnd): Promise<void> {
    this.running.get(key)?.proxy.close();
    this.running.delete(key);
    await this.settings.release(address);
    this.settings.write(`Ingress ${key}: the load balancer on ${address} is gone`);
  }
}

function subjectOf({ metadata }: Ingress): Subject {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata };
}

/** An Ingress that makes no sense fails before Google is asked, in other words than one that Google refuses. */
function warningOf(ingress: Ingress, message: string): Happening {
  const warning = { component: NORMAL.component, type: 'Warning', topic: 'Sync' } as const;
  if (message.startsWith('Translation failed')) return { ...warning, reason: 'Translate', message };
  const where = `error running load balancer syncing routine: loadbalancer ${newName('k8s2', keyOf(ingress))} does not exist`;
  return { ...warning, reason: 'Sync', message: `Error syncing to GCP: ${where}: ${message}` };
}
