import type { Api } from '../api.ts';
import type { Events } from '../events.ts';
import type { Certificate } from '../ingress/proxy.ts';
import { keyOf, type ManagedCertificate } from '../objects.ts';
import { expireTimeOf, newCertificateName } from './authority.ts';
import { askDns, type Questions } from './dns.ts';
import {
  activeStatus,
  domainStatus,
  type DomainStatus,
  isDue,
  isSame,
  pendingStatus,
  renewalFailedStatus,
  type Status,
} from './status.ts';
import type { CertificateStore } from './store.ts';

export interface CertificateSettings {
  readonly api: Api;
  readonly events: Events;
  readonly store: CertificateStore;
  readonly questions: Questions;
  readonly issue: (domains: readonly string[]) => Promise<Certificate>;
  readonly now: () => Date;
}

/** How long DNS is left alone after a domain did not lead here. Google waits minutes. */
const ASK_AGAIN_SECONDS = 2;

/** Plays the controller of ManagedCertificates, and the authority behind it. */
export class CertificateController {
  private readonly settings: CertificateSettings;
  /** Name of each certificate that is being provisioned, and when its domains were asked about last. */
  private readonly pending = new Map<string, { name: string; domains: readonly string[]; asked: number }>();

  constructor(settings: CertificateSettings) {
    this.settings = settings;
  }

  /** The certificate for an Ingress, undefined while there is none. */
  get(key: string): Certificate | undefined {
    return this.settings.store.get(key);
  }

  /** One look at all of them; `addressesOf` gives the addresses of the load balancers that have one attached. */
  async round(all: readonly ManagedCertificate[], addressesOf: (key: string) => readonly string[]): Promise<void> {
    const { store } = this.settings;
    for (const key of store.keys()) {
      const uid = store.get(key)?.uid;
      if (!all.some((each) => keyOf(each) === key && each.metadata.uid === uid)) store.put(key, undefined);
    }
    await Promise.all(all.map((each) => this.look(each, addressesOf(keyOf(each)))));
  }

  private async look(certificate: ManagedCertificate, addresses: readonly string[]): Promise<void> {
    const { store, questions, issue, now, events } = this.settings;
    const { uid } = certificate.metadata;
    const { domains } = certificate.spec;
    const key = keyOf(certificate);
    let issued = store.get(key);
    if (issued && !isSame(issued.domains, domains)) {
      // GKE deletes the certificate of other domains and begins anew; nothing serves until the new one is there.
      store.put(key, undefined);
      issued = undefined;
    }
    if (issued && !isDue(certificate, issued, now())) return this.write(certificate, activeStatus(issued));

    const known = this.pending.get(uid);
    const isNew = !known || !isSame(known.domains, domains);
    const name = issued?.name ?? (isNew ? newCertificateName() : known.name);
    if (isNew) {
      this.pending.set(uid, { name, domains, asked: 0 });
      const subject = {
        apiVersion: 'networking.gke.io/v1',
        kind: 'ManagedCertificate',
        metadata: certificate.metadata,
      };
      if (!issued) {
        await events.tell(subject, {
          ...{ component: 'managed-certificate-controller', type: 'Normal', reason: 'Create' },
          message: `Create SslCertificate ${name}`,
        });
        return this.write(certificate, pendingStatus(name, domains, new Map()));
      }
    }
    if (known && now().getTime() - known.asked < ASK_AGAIN_SECONDS * 1000) return;
    this.pending.set(uid, { name, domains, asked: now().getTime() });
    const found = new Map<string, DomainStatus>(
      await Promise.all(
        domains.map(async (domain) => [domain, domainStatus(await askDns(domain, questions), addresses)] as const),
      ),
    );
    if (domains.some((domain) => found.get(domain) !== 'Active')) {
      return this.write(certificate, issued ? renewalFailedStatus(issued, found) : pendingStatus(name, domains, found));
    }
    const made = await issue(domains);
    const next = { uid, name, domains: [...domains], expireTime: expireTimeOf(made), ...made };
    store.put(key, next);
    this.pending.delete(uid);
    return this.write(certificate, activeStatus(next));
  }

  private async write(certificate: ManagedCertificate, status: Status): Promise<void> {
    const { namespace, name } = certificate.metadata;
    const wanted = { expireTime: null, ...status };
    if (isSameStatus(certificate.status, status)) return;
    const path = `/apis/networking.gke.io/v1/namespaces/${namespace}/managedcertificates/${name}`;
    await this.settings.api.patch(`${path}/status`, { status: wanted });
  }
}

function isSameStatus(a: Status, b: Status): boolean {
  const text = ({ certificateName, certificateStatus, expireTime, domainStatus: domains }: Status): string =>
    JSON.stringify([
      certificateName,
      certificateStatus,
      expireTime,
      domains?.map(({ domain, status }) => [domain, status]),
    ]);
  return text(a) === text(b);
}
