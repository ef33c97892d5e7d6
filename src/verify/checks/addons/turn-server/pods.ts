import { nodes as nodeKind, pods as podKind } from '../../../../kubernetes/resources.ts';
import type { Check, Result } from '../../../check.ts';
import { isReady } from '../../../workload.ts';
import { ADDON, target } from './server.ts';

export const pods: Check = {
  id: 'turn-server-pods',
  title: 'The TURN server runs on nodes of its own',
  proves:
    'All pods of the add-on turn-server are Ready, one a node, on nodes that LiveKit’s pods are not on, and their image is one without known holes.',
  tags: [ADDON],
  needs: [],
  timeoutSeconds: 30,
  async run(world): Promise<Result> {
    const { namespace, release } = target(world);
    const labels = { component: 'turn-server', 'app.kubernetes.io/instance': release };
    const [found, nodes, livekit] = await Promise.all([
      world.kubernetes.list(podKind, namespace, { labels }),
      world.kubernetes.list(nodeKind, undefined),
      world.kubernetes.list(podKind, undefined, { labels: { 'app.kubernetes.io/name': 'livekit-server' } }),
    ]);
    const own = found.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (own.length === 0) {
      return {
        verdict: 'fail',
        evidence: `There is no pod of the release ${release} in the namespace ${namespace}.`,
        cause: 'The add-on was not deployed, or it is elsewhere.',
        fix: 'Deploy the chart helm/addons/turn-server, or name `namespace/release` in the input addons.',
      };
    }
    const waiting = own.filter((pod) => !isReady(pod));
    const [first] = waiting;
    if (first !== undefined) {
      const words = first.status.conditions.find(({ status, message }) => status === 'False' && message !== undefined);
      const isUnscheduled = first.spec.nodeName === undefined;
      return {
        verdict: 'fail',
        evidence: `${waiting.length} of ${own.length} pods are not Ready: ${first.metadata.name} (${words?.message ?? first.status.phase}).`,
        cause: isUnscheduled
          ? 'No node takes it: the pool of the TURN server is missing or too small, or its ports are taken.'
          : 'coturn does not answer STUN on its node, or its setup refused the Secret or found no external address.',
        fix: isUnscheduled
          ? 'Switch `addons.turn_server` on in Terraform and apply, or raise its `max_nodes`.'
          : `Read \`kubectl -n ${namespace} logs ${first.metadata.name} --all-containers\`.`,
      };
    }
    const placed = own.map((pod) => pod.spec.nodeName ?? '');
    const crowded = placed.find((name, index) => placed.indexOf(name) !== index);
    const beside = placed.find((name) => livekit.some((pod) => pod.spec.nodeName === name));
    if (crowded !== undefined || beside !== undefined) {
      return {
        verdict: 'fail',
        evidence:
          crowded === undefined ? `${beside} has a pod of LiveKit, too.` : `${crowded} has more than one pod of it.`,
        cause: 'Both take the node’s own ports 3478 and 5349: one of them loses.',
        fix: 'Leave `nodeSelector`, `tolerations` and `affinity` to the chart, and deploy again.',
      };
    }
    const internal = placed.filter((name) => !hasExternalAddress(nodes.find(({ metadata }) => metadata.name === name)));
    if (internal.length > 0) {
      return {
        verdict: 'fail',
        evidence: `${internal.join(', ')} has no external address.`,
        cause: 'A relay is at the node’s own address; behind a NAT no peer reaches it.',
        fix: 'Make the pool with public nodes, as the Terraform payload does.',
      };
    }
    return judgeImage(own.flatMap(({ spec }) => spec.containers.map(({ image }) => image))[0] ?? '', placed);
  },
};

function hasExternalAddress(node: { status: { addresses?: { type: string }[] } } | undefined): boolean {
  return node?.status.addresses?.some(({ type }) => type === 'ExternalIP') === true;
}

/** CVE-2026-27624 is mended in 4.9, CVE-2026-43994 in 4.10; 4.15 is the oldest that is advised. */
export function judgeImage(image: string, nodes: readonly string[]): Result {
  const [, major = '', minor = ''] = /:v?(\d+)\.(\d+)/.exec(image) ?? [];
  const where = `${nodes.length} ${nodes.length === 1 ? 'pod' : 'pods'} Ready, one a node (${nodes.join(', ')}), image ${image}.`;
  if (major === '') {
    return {
      verdict: 'warn',
      evidence: where,
      cause: 'The image’s tag tells no version of coturn.',
      fix: 'Pin a version, such as 4.17.0.',
    };
  }
  if (Number(major) > 4 || Number(minor) >= 15) return { verdict: 'pass', evidence: where };
  return {
    verdict: 'warn',
    evidence: where,
    cause:
      Number(minor) < 9
        ? `coturn ${major}.${minor} is older than 4.9: a peer written as ::ffff:127.0.0.1 passes its list of denied ones (CVE-2026-27624); only ranges for such addresses stop it.`
        : `coturn ${major}.${minor} is older than 4.15, the oldest that is advised.`,
    fix: 'Set `image.tag` to 4.17.0 or newer, and deploy.',
  };
}
