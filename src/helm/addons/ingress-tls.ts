import { NGINX_ANNOTATIONS, unsupportedAnnotations } from '../../kubernetes/ingress-annotations.ts';
import type { Finding } from '../preflight/rule.ts';
import { at, isMapping } from '../values/tree.ts';
import type { Addon, AddonContext } from './addon.ts';

/** Annotations that Traefik would pass over: what they ask for would not happen, and nobody would say so. */
function unreadAnnotations({ values }: AddonContext): Finding[] {
  return ingressesOf(values).flatMap(([name, one]) => {
    const annotations = at(one, ['annotations']);
    if (!isMapping(annotations)) return [];
    const own = Object.fromEntries(
      Object.entries(annotations).flatMap(([key, value]) =>
        key.startsWith(NGINX_ANNOTATIONS) ? [[key.slice(NGINX_ANNOTATIONS.length), value]] : [],
      ),
    );
    return unsupportedAnnotations(own).map(({ name: short, instead }): Finding => {
      const key = `${NGINX_ANNOTATIONS}${short}`;
      return {
        kind: 'annotation',
        level: 'error',
        what: `The Ingress ${name} has the annotation ${key}, which Traefik does not read.`,
        path: ['ingresses', name, 'annotations', key],
        fix: `${instead.charAt(0).toUpperCase()}${instead.slice(1)}`,
      };
    });
  });
}

/** GKE reads the address's name only when it makes the Service. */
function lostAddress({ values }: AddonContext): Finding[] {
  const name = at(values, ['service', 'addressName']);
  if (typeof name === 'string' && name !== '') return [];
  return [
    {
      kind: 'address',
      level: 'warning',
      what: 'The entrance has no reserved address (`service.addressName`): the domain’s A record breaks when its Service is made anew.',
      path: ['service', 'addressName'],
    },
  ];
}

function ingressesOf(values: unknown): [string, unknown][] {
  const found = at(values, ['ingresses']);
  return isMapping(found) ? Object.entries(found) : [];
}

/** HTTPS for the messaging service and LiveKit. */
export const ingressTls: Addon = {
  name: 'ingress-tls',
  facts: ({ ingress_address_name: name }) =>
    typeof name === 'string' && name !== '' ? { service: { addressName: name } } : undefined,
  rules: [unreadAnnotations, lostAddress],
};
