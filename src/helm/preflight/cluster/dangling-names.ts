import { frontendConfigs, managedCertificates, type ResourceKind } from '../../../kubernetes/resources.ts';
import { at } from '../../values/tree.ts';
import type { Finding } from '../rule.ts';
import type { ClusterRule } from './rule.ts';

interface Named {
  readonly annotation: string;
  readonly kind: ResourceKind<unknown>;
  /** Where the companion chart says that it makes one, and how it is called. */
  readonly companion: string;
}

const named: readonly Named[] = [
  { annotation: 'networking.gke.io/managed-certificates', kind: managedCertificates, companion: 'managedCertificate' },
  { annotation: 'networking.gke.io/v1beta1.FrontendConfig', kind: frontendConfigs, companion: 'frontendConfig' },
];

/** The Ingress names its certificate and its redirect by annotation; LiveKit's chart makes neither. */
export const danglingNames: ClusterRule = {
  question: 'whether what the Ingress names is there',
  async ask({ client, namespace, values, companion }) {
    const { type, annotations } = values.loadBalancer;
    if (!type.startsWith('gke')) return [];
    const questions = named.flatMap((one) => {
      const text = annotations[one.annotation];
      const names = typeof text === 'string' ? text.split(',').map((name) => name.trim()) : [];
      const made =
        at(companion, [one.companion, 'enabled']) === true ? at(companion, [one.companion, 'name']) : undefined;
      return names.filter((name) => name !== '' && name !== made).map((name) => ({ ...one, name }));
    });
    const answers = await Promise.all(
      questions.map(async ({ annotation, kind, name }): Promise<Finding[]> => {
        if ((await client.get(kind, namespace, name)) !== undefined) return [];
        const what = `The Ingress names the ${kind.kind} ${name}, which is not in the namespace ${namespace} and which no chart makes.`;
        return [{ kind: 'dangling', level: 'warning', what, path: ['loadBalancer', 'annotations', annotation] }];
      }),
    );
    return answers.flat();
  },
};
