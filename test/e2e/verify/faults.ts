/** What must be said of a check that a fault makes not pass. */
export interface Expected {
  readonly verdict: 'fail' | 'warn';
  /** What was seen. */
  readonly evidence: RegExp;
  /** A part of the cause that names the fault. */
  readonly cause: string;
}

/** One thing that is wrong, and what verify must say of it: these checks, the ones that they make say nothing, and no other. */
export interface Fault {
  /** Short, for the head of a column. */
  readonly id: string;
  /** In the reader's words. */
  readonly what: string;
  readonly expected: Readonly<Record<string, Expected>>;
}

const fail = (evidence: RegExp, cause: string): Expected => ({ verdict: 'fail', evidence, cause });
const warn = (evidence: RegExp, cause: string): Expected => ({ verdict: 'warn', evidence, cause });
const NODE = String.raw`203\.0\.113\.1[123]`;
const DROPPED = 'A firewall drops the packets, nothing has this address, or DNS leads to another one.';

/**
 * Faults that are there at the same time, since they do not touch each other's checks: as many runs as rounds. In the order
 * in which they are made.
 */
export const ROUNDS: readonly (readonly Fault[])[] = [
  [
    {
      id: 'media-dropped',
      what: 'UDP 50000-60000 to the nodes is dropped on the way',
      expected: {
        'media-udp': fail(
          new RegExp(`no packet came back from udp ${NODE}:\\d+ .* while UDP works from here`),
          'A firewall drops UDP 50000-60000 to the node.',
        ),
      },
    },
    {
      id: '7881-dropped',
      what: 'TCP 7881 to the nodes is dropped on the way',
      expected: {
        'media-tcp': fail(new RegExp(`${NODE}:7881 does not answer to TCP`), 'A firewall drops TCP 7881 to the node.'),
      },
    },
    {
      id: '3478-dropped',
      what: 'UDP 3478 to the nodes is dropped on the way',
      expected: {
        'media-turn-udp': fail(
          new RegExp(`${NODE}:3478 does not answer over UDP, while UDP works from here`),
          'A firewall drops UDP 3478 to the node, or LiveKit does not listen there.',
        ),
      },
    },
  ],
  [
    {
      id: 'balancer-down',
      what: 'The signal load balancer does not answer on 443',
      expected: {
        https: fail(/livekit-dev\.nova\.example \(198\.51\.100\.\d+\) does not answer on port 443/, DROPPED),
        signal: fail(/livekit-dev\.nova\.example could not be reached/, 'Packets to the address are dropped'),
      },
    },
  ],
  [
    {
      id: 'dns-elsewhere',
      what: 'The TURN domain’s A record leads elsewhere',
      expected: {
        dns: fail(
          /a name server of nova\.example, has 203\.0\.113\.200 for turn-dev\.nova\.example instead of 203\.0\.113\.\d+/,
          'The zone’s record does not lead to the TURN load balancer.',
        ),
        'turn-tls': fail(/turn-dev\.nova\.example \(203\.0\.113\.200\) does not answer on port 443/, DROPPED),
        'media-turn-tls': fail(/turn-dev\.nova\.example \(203\.0\.113\.200\) does not answer on port 443/, DROPPED),
      },
    },
    {
      id: 'third-pod',
      what: 'A third pod, and two nodes for LiveKit',
      expected: {
        'pods-ready': fail(/is Pending: .* \(3 pods, 2 nodes\)/, 'Each pod needs a node of its own'),
        capacity: warn(
          /3 pods, as many as the node pool has nodes at most \(3\)/,
          'At its fullest, a deploy has no spare node',
        ),
        disruption: warn(/3 pods have no disruption budget/, 'A node upgrade may take several of them at once.'),
      },
    },
  ],
  [
    {
      id: 'backend-config-lost',
      what: 'The Service has lost its BackendConfig, so that every connection ends after 30 s',
      expected: {
        'backend-config': fail(
          /The Service livekit-server has no BackendConfig attached/,
          'every WebSocket is cut after 30 s',
        ),
        'signal-life': fail(
          /An active connection to .* was cut after (29|30|31|32)\.\d s/,
          'The load balancer’s back end has its default limit of 30 s',
        ),
      },
    },
    {
      id: 'tight-budget',
      what: 'A disruption budget that lets no pod go',
      expected: {
        disruption: warn(/verify-fault: 2 healthy, 2 must stay, 0 may go/, 'The budget wants all pods to stay'),
      },
    },
    {
      id: 'autoscaler-by-hand',
      what: 'Somebody gave the Deployment an autoscaler, up to five pods',
      expected: {
        autoscaler: warn(/keeps 2 to 5 pods; dev is meant to have no autoscaler/, 'It was made by hand'),
        capacity: fail(/The autoscaler may ask for 5 pods, .*: 5 pods, 3 nodes/, 'Each pod needs a node of its own'),
      },
    },
    {
      id: 'turn-secret',
      what: 'The TURN Secret holds another domain’s certificate (seen by livekit-deploy)',
      expected: {
        secrets: fail(/is for DNS:other\.nova\.example, not for turn-dev\.nova\.example/, 'Clients refuse it.'),
      },
    },
  ],
  [
    {
      id: 'backend-config-gone',
      what: 'The BackendConfig that the Service names does not exist',
      expected: {
        'backend-config': fail(
          /names the BackendConfig livekit-server, which does not exist/,
          'every WebSocket is cut after 30 s',
        ),
      },
    },
    {
      id: 'firewall-row',
      what: 'Terraform was applied without the rule for TCP 7881',
      expected: {
        firewall: fail(
          /No rule of the network livekit-dev opens 7881\/tcp \(WebRTC over TCP\)/,
          'The rule was removed, changed or switched off',
        ),
        'media-tcp': fail(new RegExp(`${NODE}:7881 does not answer to TCP`), 'A firewall drops TCP 7881 to the node.'),
      },
    },
  ],
  [
    {
      id: 'opened-by-hand',
      what: 'Somebody opened 7880 to the world besides Terraform',
      expected: {
        firewall: warn(/The rule by-hand opens 7880\/tcp to the world/, 'It was made besides Terraform'),
        'closed-ports': fail(
          new RegExp(`${NODE}:7880.* accepts connections from here`),
          'A firewall rule opens it to more than Google’s load balancers',
        ),
      },
    },
    {
      id: 'redis-resized',
      what: 'Somebody resized Redis besides Terraform',
      expected: {
        redis: fail(/is BASIC with 2 GB; BASIC with 1 GB was applied/, 'It was changed besides Terraform.'),
      },
    },
    {
      id: 'loss',
      what: 'Every fifth packet to the nodes’ media ports is lost',
      expected: {
        'media-udp': fail(
          /\d+(\.\d)? % of the packets were lost; 5 % are allowed/,
          'The way between here and the node, or the node’s own network queue, drops packets.',
        ),
      },
    },
  ],
  [
    {
      id: 'address-anew',
      what: 'Terraform reserved another address than the Ingress has',
      expected: {
        ingress: fail(
          /The Ingress livekit-server has the address 198\.51\.100\.\d+; 198\.51\.100\.99 is reserved for it/,
          'The annotation kubernetes.io/ingress.global-static-ip-name is missing or names another address.',
        ),
        dns: fail(
          /livekit-dev\.nova\.example instead of 198\.51\.100\.99/,
          'The zone’s record does not lead to the signal load balancer.',
        ),
      },
    },
    {
      id: 'certificate-misnamed',
      what: 'The Ingress names a ManagedCertificate that does not exist',
      expected: {
        'managed-certificate': fail(
          /names the ManagedCertificate livekit-old, which does not exist/,
          'The companion chart, which makes it, was not deployed, or has another name for it.',
        ),
      },
    },
    {
      id: 'metrics-closed',
      what: 'A pod does not serve its metrics on 6789',
      expected: {
        metrics: fail(
          /Port 6789 of the pod livekit-server-\S+ does not answer: connection refused/,
          'The pod has ended, or nothing in it listens on this port.',
        ),
      },
    },
  ],
  [
    {
      id: 'node-silent',
      what: 'The kubelet of a node has stopped',
      expected: {
        cluster: warn(/1 of 3 nodes are not Ready: \S+\./, 'The kubelet on these nodes does not report'),
      },
    },
  ],
  [
    {
      id: 'wrong-secret',
      what: 'Secret Manager has a newer API secret than the pods run with',
      expected: {
        signal: fail(
          /refused a token made with the key in Secret Manager: 401/,
          'The pods run with another API key or secret than Secret Manager holds',
        ),
      },
    },
  ],
  [
    {
      id: 'expired',
      what: 'The pods serve TURN with a certificate that has expired',
      expected: {
        'turn-tls': fail(
          /The certificate at turn-dev\.nova\.example:443 .* valid until 2026-01-02\) has expired/,
          'It was not renewed, or the pods still serve the one that they read at their start.',
        ),
        'media-turn-tls': fail(
          /The certificate at turn-dev\.nova\.example:443 .* valid until 2026-01-02\) has expired/,
          'It was not renewed, or the pods still serve the one that they read at their start.',
        ),
      },
    },
    {
      id: 'pod-down',
      what: 'One of two pods is gone, and its node takes none',
      expected: {
        'pods-ready': fail(/1 of 2 pods are Ready; .* is Pending: /, 'Each pod needs a node of its own'),
      },
    },
  ],
  [
    {
      id: 'redis-gone',
      what: 'Redis does not answer',
      expected: {
        health: fail(/answered GET \/ with status 406/, 'cannot reach Redis'),
        'signal-join': fail(/No participant could join through .*: status 5\d\d/, 'LiveKit does not reach Redis'),
        api: fail(
          /refused CreateRoom with status 500: .*6379: connect: connection refused/,
          'LiveKit does not reach Redis',
        ),
        'pods-known': fail(
          /could not place a room on .*6379: connect: connection refused/,
          'The pods do not share one Redis, or it does not answer',
        ),
      },
    },
  ],
];

export const FAULTS: readonly Fault[] = ROUNDS.flat();
