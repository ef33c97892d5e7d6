import { catalogue } from '../failure/failure.ts';

/** What can go wrong with Helm itself, its chart and its release. */
export const helmFailures = catalogue('HELM', {
  chart: {
    number: 1,
    title: 'The chart could not be had',
    why: 'The repository does not answer, or has no such chart or version.',
    fix: 'Check the `repository`, `chart` and `chart-version` inputs; `helm search repo --versions` lists what there is.',
  },
  valuesFile: {
    number: 2,
    title: 'A values file cannot be read',
    why: 'The file is not in the workspace, or is not YAML with a mapping at its top.',
    fix: 'Check the path (relative to the workspace) and the file’s syntax; the job needs actions/checkout before this step.',
  },
  set: {
    number: 3,
    title: 'A line of the `set` input is not usable',
    why: 'Each line is `path=value`, where the path is keys joined by dots.',
    fix: 'Write it like `image.tag=v1.13.11` or `loadBalancer.tls[0].hosts[0]=livekit.company.com`; a dot inside a key is written `\\.`.',
  },
  preflight: {
    number: 4,
    title: 'Preflight found values that would not work',
    why: 'The values contradict the chart, the environment or each other, and the cluster would only say so late or not at all.',
    fix: 'Correct each value that is named; nothing was changed in the cluster.',
  },
  keys: {
    number: 5,
    title: 'The API keys are not usable',
    why: 'LiveKit takes one or more lines `key: secret`.',
    fix: 'Store lines `key: secret` in the Secret Manager secret, or set both `livekit-api-key` and `livekit-api-secret`.',
  },
  pending: {
    number: 6,
    title: 'Another Helm operation holds the release',
    why: 'A release that is pending is being worked on by another run, or was left so by one that was killed.',
    fix: 'Wait for the other run. If it is gone, run `helm rollback` to the last deployed revision (or `helm uninstall` when there is none), then deploy again.',
  },
  command: {
    number: 7,
    title: 'Helm ended with an error',
    why: 'Helm could not render the chart or the cluster refused one of its objects.',
    fix: 'Read Helm’s own words in the message; they name the template or the object.',
  },
  noRelease: {
    number: 8,
    title: 'There is no such release',
    why: 'Nothing of that name was deployed into this namespace.',
    fix: 'Check the `release` and `namespace` inputs.',
  },
  rolloutTimeout: {
    number: 9,
    title: 'The rollout did not end in time',
    why: 'The new pods did not all become ready within `timeout-minutes`, and no known cause was seen.',
    fix: 'Read the pods’ states in the evidence; raise `timeout-minutes` when they were only slow.',
  },
  rollback: {
    number: 10,
    title: 'The rollback failed too',
    why: 'After the failed rollout the earlier revision did not become ready either.',
    fix: 'Read the evidence; look at the pods by `kubectl describe pod`, and roll back by hand to a revision of `helm history`.',
  },
  companion: {
    number: 60,
    title: 'The values of the companion chart are not usable',
    why: 'What stands under `companion` in the values goes to the chart livekit-gke, which LiveKit’s own chart lacks.',
    fix: 'Correct it after helm/charts/livekit-gke/values.yaml, or set `companion: false` to deploy without it.',
  },
  companionChart: {
    number: 61,
    title: 'The companion chart is not there',
    why: 'The chart livekit-gke comes with the action’s release, or lies in the workspace under helm/charts.',
    fix: 'Use a released version of the action; in a checkout of your own, keep the folder helm/charts/livekit-gke.',
  },
  busy: {
    number: 85,
    title: 'Another run works on the release',
    why: 'Two deploys at once would each take the other’s pods for its own, and roll back what the other had just made.',
    fix: 'Wait for the other run and start this one again, or set `when-busy: wait`.',
  },
  takenOver: {
    number: 86,
    title: 'Another run has taken the release over',
    why: 'This job said nothing for so long that another run took it for dead.',
    fix: 'Look at the other run, whose result counts; start this one again when it has ended.',
  },
  noRevision: {
    number: 90,
    title: 'There is no such revision to go back to',
    why: 'A rollback goes to an earlier revision that Helm still keeps; without `revision` to the last one that worked.',
    fix: 'Give one of the revisions in the message as `revision`, or deploy the earlier values again.',
  },
  pairs: {
    number: 91,
    title: 'API keys and secrets do not pair',
    why: 'Line by line, each key of `livekit-api-key` belongs to the secret in the same line of `livekit-api-secret`.',
    fix: 'Give both inputs the same number of lines, and each key once.',
  },
});

/** What a rollout can fail of: one cause each, found by src/helm/diagnosis. */
export const rolloutFailures = catalogue('HELM', {
  image: {
    number: 20,
    title: 'The container image cannot be pulled',
    why: 'The registry has no such image or tag, it needs a sign-in, or the node does not reach it.',
    fix: 'Check `image.repository` and `image.tag` against the registry, and that the node has a way out to it.',
  },
  missingObject: {
    number: 21,
    title: 'A Secret or ConfigMap that the pod needs is missing',
    why: 'A container cannot start before every Secret and ConfigMap that it names is there.',
    fix: 'Create the object that is named in the release’s namespace, or correct its name in the values.',
  },
  crash: {
    number: 22,
    title: 'The container ends as soon as it has started',
    why: 'The program in the container stopped with an error.',
    fix: 'Read its last log lines in the evidence; most often a value in its configuration or an address that it cannot reach.',
  },
  refused: {
    number: 23,
    title: 'The cluster refuses to create the pods',
    why: 'A quota, a security policy or an admission webhook stands against the pods.',
    fix: 'Read the API server’s words; raise the quota or correct what the policy names.',
  },
  unschedulable: {
    number: 24,
    title: 'No node takes the pod',
    why: 'LiveKit runs one pod a node (its ports are the node’s own); the pod waits for a node that fits.',
    fix: 'Raise the node pool’s maximum (a deploy wants one spare node for its additional pod), lower the replicas or the resource requests, or check the pool’s labels and taints.',
  },
  probe: {
    number: 25,
    title: 'The container runs but does not become ready',
    why: 'Its readiness check fails: the program listens on another port, or waits for something that it cannot reach.',
    fix: 'Read its last log lines in the evidence, and compare the port of the check with `livekit.port`.',
  },
  quota: {
    number: 80,
    title: 'A quota of the namespace is used up',
    why: 'A ResourceQuota limits what the namespace’s pods may ask for in all.',
    fix: 'Raise the ResourceQuota that is named, or lower the replicas or `resources.requests`.',
  },
  webhook: {
    number: 81,
    title: 'An admission webhook stands against the pods',
    why: 'The cluster asks it before it makes a pod, and it refused or did not answer.',
    fix: 'Satisfy the policy that is named; when the webhook does not answer, repair its Service or remove its configuration.',
  },
  nodeLost: {
    number: 82,
    title: 'A node was lost during the rollout',
    why: 'The node no longer reports to the control plane; its pod is replaced after five minutes, on another node.',
    fix: 'Look at the node in the Google Cloud console; deploy again when the pool has a node to spare.',
  },
});

/** What preflight can find, one kind a rule in src/helm/preflight. */
export const preflightFailures = catalogue('HELM', {
  malformed: {
    number: 40,
    title: 'A value has the wrong type',
    why: 'The chart has no schema, so it would render something that is not meant.',
    fix: 'Give the value the type that the message names.',
  },
  placeholder: {
    number: 41,
    title: 'A placeholder was left in the values',
    why: 'The value was copied from a sample and not filled in.',
    fix: 'Put the real value in its place.',
  },
  noRedis: {
    number: 42,
    title: 'Several replicas without Redis',
    why: 'Without Redis each LiveKit pod knows only its own rooms, so a room silently splits between pods.',
    fix: 'Set `livekit.redis.address`; helm-deploy does so from the environment’s outputs.',
  },
  nodePool: {
    number: 43,
    title: 'More replicas than nodes',
    why: 'LiveKit runs one pod a node; the pods beyond the node pool’s maximum stay Pending.',
    fix: 'Lower the replicas (or `autoscaling.maxReplicas`), or raise the pool’s maximum in Terraform.',
  },
  keyFile: {
    number: 44,
    title: 'The key file and the key Secret do not fit together',
    why: 'The chart mounts the Secret’s entry by the bare name in `livekit.key_file`; anything else mounts nothing.',
    fix: 'Set `storeKeysInSecret.enabled: true`, `storeKeysInSecret.existingSecret` and `livekit.key_file: keys.yaml`.',
  },
  loadBalancerType: {
    number: 45,
    title: 'The load balancer’s type is not one that the chart knows',
    why: 'The chart renders an Ingress without a BackendConfig for a type that it does not know, and WebSockets are cut after 30 s.',
    fix: 'Use `gke-vpc-native` (the sample’s `gke-native-vpc` is a typing error).',
  },
  loadBalancerHosts: {
    number: 46,
    title: 'The Ingress would have no rules',
    why: 'The chart takes the hosts from `loadBalancer.tls[].hosts` only, also where no TLS block is rendered.',
    fix: 'Set `loadBalancer.tls: [{hosts: [<domain>]}]`; helm-deploy does so from the environment’s outputs.',
  },
  podAnnotations: {
    number: 47,
    title: '`podAnnotations` is empty',
    why: 'The chart renders invalid YAML without any pod annotation.',
    fix: 'Remove the line, or give at least one annotation.',
  },
  hpaRequests: {
    number: 48,
    title: 'Autoscaling without a resource request',
    why: 'The autoscaler computes utilisation as a part of the request; without one it never scales.',
    fix: 'Set `resources.requests.cpu` (and `.memory` when memory is a target).',
  },
  plainSecret: {
    number: 49,
    title: 'A secret stands in the values',
    why: 'The chart writes all of `livekit` into a ConfigMap, and Helm keeps all values in the release: both are plain text.',
    fix: 'Remove it. API keys go through Secret Manager; Redis is reached by its private address without a password.',
  },
  prometheusPort: {
    number: 50,
    title: 'The metrics port would not be exposed',
    why: 'The chart knows only `livekit.prometheus_port`; the newer `livekit.prometheus.port` exposes no port.',
    fix: 'Use `livekit.prometheus_port: 6789`.',
  },
  turnCertificate: {
    number: 51,
    title: 'TURN/TLS has no certificate',
    why: 'The pods end TURN’s TLS themselves and need a certificate from a Secret of type kubernetes.io/tls.',
    fix: 'Set `livekit.turn.secretName` and create that Secret (`kubectl create secret tls`), or set `livekit.turn.external_tls: true`.',
  },
  udpPort: {
    number: 52,
    title: 'The UDP port is not usable',
    why: 'The chart renders `livekit.rtc.udp_port` as a container port, which must be one number, and the server ignores it beside a port range.',
    fix: 'Use one number and set `port_range_start` and `port_range_end` to null, or leave `udp_port` out.',
  },
  configurationKey: {
    number: 53,
    title: 'A key is not one of LiveKit’s configuration',
    why: 'The chart starts the server with `--disable-strict-config`: a key that it does not know changes nothing and is not reported.',
    fix: 'Correct the key after https://github.com/livekit/livekit/blob/master/config-sample.yaml, or remove it.',
  },
  permission: {
    number: 65,
    title: 'The identity may not do all that a deploy does',
    why: 'Kubernetes would refuse in the middle of the deploy, when some objects are changed and others are not.',
    fix: 'Grant the deploying service account roles/container.developer on the project, which holds all of these.',
  },
  unanswered: {
    number: 66,
    title: 'A question of preflight was not answered',
    why: 'The identity may not read it, or no answer came in time; what it would have found stays unknown.',
    fix: 'Grant the right that the message names to have it checked, or go on without.',
  },
  nodes: {
    number: 67,
    title: 'Too few nodes take a pod',
    why: 'LiveKit runs one pod a node, on nodes that have the labels, the room and no taint against it; other pods stay Pending.',
    fix: 'Correct `nodeSelector`, `tolerations` or `resources.requests` after the node pool, or give the pool more nodes in Terraform.',
  },
  redisAddress: {
    number: 68,
    title: 'The Redis address is not the environment’s',
    why: 'LiveKit ends at its start when it does not reach its Redis, and with another Redis rooms split between deployments.',
    fix: 'Remove `livekit.redis.address` from the values: helm-deploy sets it from the environment’s outputs.',
  },
  turnPair: {
    number: 69,
    title: 'The TURN certificate does not do',
    why: 'Clients refuse a TURN server whose certificate is for another name, has ended or does not fit its key.',
    fix: 'Put a certificate for the TURN domain with its key into the Secret (the turn-cert workflow does), then deploy again.',
  },
  keysOwner: {
    number: 70,
    title: 'The key Secret belongs to something else',
    why: 'Two owners overwrite each other’s keys, and each change rolls or breaks the pods.',
    fix: 'Let helm-deploy own the Secret, or choose another name in `storeKeysInSecret.existingSecret`.',
  },
  dns: {
    number: 71,
    title: 'A domain does not lead to its reserved address',
    why: 'Clients do not reach LiveKit, and Google gives no managed certificate before DNS is right.',
    fix: 'Create the record that the message names; it may come after this deploy.',
  },
  missingKind: {
    number: 72,
    title: 'The cluster does not know a kind of object',
    why: 'Helm refuses a release whose objects the cluster cannot store.',
    fix: 'Switch the cluster’s feature on in Terraform, or switch the object off in the values.',
  },
  ingressTls: {
    number: 73,
    title: 'The Ingress would have a TLS block without a Secret',
    why: 'For the type `gke-managed-cert` the chart renders a `tls` block without a Secret’s name, and the load balancer reports `secret "" does not exist`.',
    fix: 'Use `loadBalancer.type: gke-vpc-native` with the static address, the managed certificate and the class as annotations.',
  },
  dangling: {
    number: 74,
    title: 'The Ingress names an object that is not there',
    why: 'The chart names it and does not make it; without it the load balancer has no certificate or no redirect.',
    fix: 'Let the companion chart make it (`companion` in the values), or correct the name in `loadBalancer.annotations`.',
  },
  webSocketLife: {
    number: 75,
    title: 'The load balancer would cut calls',
    why: 'The back end’s time-out is the longest life of a WebSocket, busy or not, and draining ends what is left on an ending pod.',
    fix: 'Set `gcp.backendConfig.timeoutSec: 36000` and `gcp.backendConfig.connectionDraining.drainingTimeoutSec: 3600`.',
  },
  grace: {
    number: 76,
    title: 'Calls would be cut when a pod ends',
    why: 'A LiveKit pod that is told to end waits for its calls; what is left when its grace is over is cut, and the autoscaler of nodes waits 10 minutes at most.',
    fix: 'Set `terminationGracePeriodSeconds: 18000` and the pod annotation `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"`.',
  },
  budget: {
    number: 77,
    title: 'The disruption budget lets no pod go',
    why: 'As many pods must stay as there are, so no node can be drained: each upgrade of the node pool waits out its limit.',
    fix: 'Set `companion.podDisruptionBudget.minAvailable` below the smallest number of pods, or to null.',
  },
  surge: {
    number: 78,
    title: 'A deploy would wait for its own pods',
    why: 'Without an additional pod the new one gets its ports only when an old one has ended, which may take hours while calls go on.',
    fix: 'Set `deploymentStrategy.rollingUpdate` to `{maxSurge: 1, maxUnavailable: 0}` and keep one spare node.',
  },
});
