import type { Api } from '../api.ts';
import type { Events, Happening, Subject } from '../events.ts';
import type { LoadBalancer } from '../../world/record.ts';
import { keyOf, type Service } from '../objects.ts';
import { Refusal } from '../refusal.ts';
import { planService, type ServiceWorld } from './plan.ts';

export interface ServiceSettings {
  readonly api: Api;
  readonly events: Events;
  /** Makes the world's rules those of these load balancers. */
  readonly put: (all: Readonly<Record<string, LoadBalancer>>) => Promise<void>;
}

/** Plays GKE's two controllers of Services of type LoadBalancer. */
export class ServiceController {
  private readonly settings: ServiceSettings;

  constructor(settings: ServiceSettings) {
    this.settings = settings;
  }

  /** One look at them all: `services` are those that GKE balances, `others` those whose load balancer must be gone. */
  async round(services: readonly Service[], others: readonly Service[], world: ServiceWorld): Promise<void> {
    const { events, put } = this.settings;
    const present: Record<string, LoadBalancer> = Object.fromEntries(
      Object.entries(world.present).filter(([key, { uid }]) =>
        services.some((each) => keyOf(each) === key && each.metadata.uid === uid),
      ),
    );
    for (const service of services) {
      const key = keyOf(service);
      try {
        const { loadBalancer, refused } = planService(service, { ...world, present });
        present[key] = loadBalancer;
        await events.tell(
          subjectOf(service),
          refused === undefined
            ? { ...happening(loadBalancer, 'Normal'), reason: 'EnsuredLoadBalancer', message: 'Ensured load balancer' }
            : failure(loadBalancer, refused),
        );
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        await events.tell(subjectOf(service), failure(present[key], error.message));
      }
    }
    if (textOf(present) !== textOf(world.present)) await put(present);
    for (const service of services) await this.report(service, present[keyOf(service)]?.address);
    for (const service of others) if (service.spec.type !== 'LoadBalancer') await this.report(service, undefined);
  }

  private async report({ metadata, status }: Service, address: string | undefined): Promise<void> {
    if (status.join() === (address ?? '')) return;
    const ingress = address === undefined ? [] : [{ ip: address, ipMode: 'VIP' }];
    const path = `/api/v1/namespaces/${metadata.namespace}/services/${metadata.name}/status`;
    await this.settings.api.patch(path, { status: { loadBalancer: { ingress } } });
  }
}

function happening(balancer: LoadBalancer | undefined, type: Happening['type']) {
  const component = balancer?.kind === 'backend-service' ? 'l4netlb-controller' : 'service-controller';
  return { component, type, topic: 'SyncLoadBalancer' };
}

function failure(balancer: LoadBalancer | undefined, message: string): Happening {
  const what = `Error syncing load balancer: ${message}`;
  return { ...happening(balancer, 'Warning'), reason: 'SyncLoadBalancerFailed', message: what };
}

/** The same text for the same load balancers. */
function textOf(all: Readonly<Record<string, LoadBalancer>>): string {
  const sorted = Object.entries(all).sort(([a], [b]) => a.localeCompare(b));
  return JSON.stringify(
    sorted.map(([key, { uid, kind, rule, address, addressName, ports, nodes, sourceRanges }]) => [
      ...[key, uid, kind, rule, address, addressName, nodes, sourceRanges],
      ports.map(({ protocol, port, nodePort }) => [protocol, port, nodePort]),
    ]),
  );
}

function subjectOf({ metadata }: Service): Subject {
  return { apiVersion: 'v1', kind: 'Service', metadata };
}
