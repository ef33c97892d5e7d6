import type { Check, Result } from '../../../check.ts';
import { textOutput } from '../../../load-balancer/objects.ts';
import { type Entrance, readEntrance } from './entrance.ts';

export const address: Check = {
  id: 'ingress-tls-address',
  title: 'Entrance: load balancer on its address',
  proves: 'Traefik runs, and its load balancer has the address that is reserved for it.',
  tags: ['ingress-tls', 'load-balancer'],
  needs: [],
  timeoutSeconds: 60,
  converges: true,
  async run(world): Promise<Result> {
    return judgeAddress(await readEntrance(world), textOutput(world, 'ingress_address'));
  },
};

/** The verdict on the load balancer; a reserved address that is not known is not compared. */
export function judgeAddress(entrance: Entrance, reserved: string | undefined): Result {
  const { namespace, release, service, className, replicas, readyReplicas } = entrance;
  if (service === undefined || className === undefined) {
    return {
      verdict: 'fail',
      final: true,
      evidence: `The namespace ${namespace} has no ${service === undefined ? 'Service' : 'Traefik'} of the release ${release}.`,
      cause: 'The add-on ingress-tls is not deployed, or under another name.',
      fix: 'Run the helm-deploy workflow with chart helm/addons/ingress-tls, or name namespace and release in the input `addons`.',
    };
  }
  if (readyReplicas < replicas) {
    return {
      verdict: 'fail',
      evidence: `Of ${replicas} pods of Traefik ${readyReplicas} are ready.`,
      cause:
        'A pod does not start or does not find its configuration: most often its ServiceAccount lacks the chart’s roles.',
      fix: `See \`kubectl describe pods -n ${namespace}\`, the pods’ log, and \`rbac.create\` in the chart’s README.`,
    };
  }
  if (service.address === undefined) {
    return {
      verdict: 'fail',
      evidence: `The Service ${release} has no address yet.`,
      cause: 'GKE is still making the load balancer, or cannot: an address of another name or region, a quota.',
      fix: `Read its events: \`kubectl describe service ${release} -n ${namespace}\`.`,
    };
  }
  if (reserved !== undefined && service.address !== reserved) {
    return {
      verdict: 'fail',
      final: true,
      evidence: `The Service ${release} has the address ${service.address}; ${reserved} is reserved for it.`,
      cause: 'Its annotations at its creation did not name the reserved address; GKE refuses to change them later.',
      fix: `Delete the Service ${release}, and run the helm-deploy workflow, which makes it anew.`,
    };
  }
  const evidence = `Traefik has ${readyReplicas} ready pods behind ${service.address}`;
  if (reserved === undefined) {
    return {
      verdict: 'warn',
      evidence: `${evidence}, which the environment does not know as reserved.`,
      cause: 'The environment’s outputs have no `ingress_address`: the address is lost with the Service.',
      fix: 'Switch the entrance’s address on in the environment, apply it, and deploy the add-on anew.',
    };
  }
  return { verdict: 'pass', evidence: `${evidence}, which is reserved for it.` };
}
