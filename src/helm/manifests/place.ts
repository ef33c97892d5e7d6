import type { ClusterObject } from '../preview/object.ts';
import { isMapping, type Values } from '../values/tree.ts';

/**
 * Puts objects into a namespace: bindings name the service accounts of the manifests by the namespace that their author installs
 * into, which here may be another one. Objects themselves get it where they are sent. Pure.
 */
export function inNamespace(objects: readonly ClusterObject[], namespace: string): ClusterObject[] {
  const accounts = new Set(
    objects.flatMap(({ kind, name, namespace: own }) => (kind === 'ServiceAccount' && own === undefined ? [name] : [])),
  );
  return objects.map((object) => {
    const { kind, value } = object;
    if (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding') return object;
    const subjects = Array.isArray(value['subjects']) ? (value['subjects'] as unknown[]) : [];
    const placed = subjects.map((subject) => {
      const isOwn =
        isMapping(subject) &&
        subject['kind'] === 'ServiceAccount' &&
        typeof subject['name'] === 'string' &&
        accounts.has(subject['name']);
      return isOwn ? { ...subject, namespace } : subject;
    });
    return { ...object, value: { ...value, ...(subjects.length > 0 && { subjects: placed }) } satisfies Values };
  });
}
