import { isIPv4 } from 'node:net';
import type { KubernetesNode } from '../kubernetes/resources.ts';

/** Whether nobody on the internet can have this address (RFC 1918, 6598, 3927, loopback). */
export function isPrivateAddress(address: string): boolean {
  if (!isIPv4(address)) return /^(::1$|f[cd]|fe[89ab])/i.test(address);
  const [a = 0, b = 0] = address.split('.').map(Number);
  return (
    a === 10 ||
    a === 127 ||
    a === 0 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  );
}

/** The address by which the world reaches a node; `undefined` for a node without one. */
export function externalAddress(node: KubernetesNode): string | undefined {
  return node.status.addresses.find(({ type }) => type === 'ExternalIP')?.address;
}
