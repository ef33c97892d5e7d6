import { catalogue } from '../failure/failure.ts';

export const certificateFailures = catalogue('CERT', {
  unreadable: {
    number: 1,
    title: 'A certificate or its key cannot be read',
    why: 'Both are PEM text: the certificate first, then its issuers; the key without a passphrase.',
    fix: 'Give the PEM text as it is, with its line breaks and the lines BEGIN and END.',
  },
  names: {
    number: 2,
    title: 'The certificate is not for this name',
    why: 'Clients compare the name that they connect to with the names in the certificate, and turn away from another.',
    fix: 'Order or give a certificate that has every name that is asked for.',
  },
  dates: {
    number: 3,
    title: 'The certificate is not valid now',
    why: 'Clients turn away from a certificate outside of its time, and so would those of each pod that starts with it.',
    fix: 'Give a certificate that is valid now; when it should be, look at the clock of the runner.',
  },
  chain: {
    number: 4,
    title: 'The certificate’s chain is not whole',
    why: 'A client trusts a certificate by its issuers, each signed by the next; those that it does not know must come with it.',
    fix: 'Give the certificate first and its intermediate issuers after it, in order (`fullchain.pem`).',
  },
  key: {
    number: 5,
    title: 'The private key does not belong to the certificate',
    why: 'LiveKit would not start with a key that is another certificate’s.',
    fix: 'Give the key with which this certificate was ordered.',
  },
  weak: {
    number: 6,
    title: 'The certificate’s key is not one that clients take',
    why: 'Clients of WebRTC take keys of the curves P-256 and P-384, and RSA keys of 2048 bits or more.',
    fix: 'Order the certificate anew with an ECDSA key on P-256 or an RSA key of 2048 bits.',
  },
  selfSigned: {
    number: 7,
    title: 'The certificate is its own issuer',
    why: 'No client trusts a certificate that nobody but itself vouches for.',
    fix: 'Give one of a certificate authority, or set `allow-self-signed: true` for an environment whose clients know this certificate.',
  },
  nothingKept: {
    number: 8,
    title: 'Secret Manager holds no certificate',
    why: 'With `source: secret-manager` somebody else keeps the certificate there, and this action only installs it.',
    fix: 'Add a version that holds certificate, issuers and key as PEM, or use `source: acme`.',
  },
  noSecret: {
    number: 9,
    title: 'The environment has no secret for this',
    why: 'The certificate and the key of the ACME account are kept in secrets that the environment’s Terraform makes.',
    fix: 'Apply the environment with the present modules, or name the secret by the input.',
  },
  busy: {
    number: 10,
    title: 'Another run keeps this environment’s certificates',
    why: 'Two runs at once would order twice, and a certificate authority counts orders.',
    fix: 'Wait for the other run; give the workflow a `concurrency` group for each environment, as the template has.',
  },
  takenOver: {
    number: 11,
    title: 'Another run took over',
    why: 'This run gave no sign of life for so long that its lease ended.',
    fix: 'See what became of the other run; this one has ordered nothing since.',
  },
  record: {
    number: 12,
    title: 'What earlier runs wrote down cannot be read',
    why: 'Orders, failures and open challenges are kept in the bucket; without them an order might pass a limit or leave records behind.',
    fix: 'Look at the object; when it is of no use, delete it, and the next run begins a new one.',
  },
  secretType: {
    number: 13,
    title: 'The Kubernetes Secret is of another type',
    why: 'A Secret’s type cannot be changed, and LiveKit’s chart and load balancers read kubernetes.io/tls only.',
    fix: 'Look at what it is; delete it when nothing needs it, and run the action again.',
  },
  notServed: {
    number: 14,
    title: 'A pod does not serve the new certificate',
    why: 'LiveKit reads its certificate when it starts; a new pod was asked by TLS, as a client asks, and showed another one or none.',
    fix: 'See that `livekit.turn.secretName` names this Secret and that TURN over TLS is on, then look at the pod’s log.',
  },
  noWorkload: {
    number: 15,
    title: 'There is nothing to roll',
    why: 'The input `roll` names a workload that is not in the namespace.',
    fix: 'Correct the name (a Deployment’s name, StatefulSet/<name> or DaemonSet/<name>), or set `roll: none`.',
  },
  restore: {
    number: 16,
    title: 'The old certificate could not be put back',
    why: 'The new one did not work, and the way back failed too.',
    fix: 'Look at the evidence; the earlier version is in Secret Manager, and `source: secret-manager` installs what is newest there.',
  },
  profile: {
    number: 17,
    title: 'Certificates of a few days would roll the pods every few days',
    why: 'LiveKit reads a certificate only when it starts, so each renewal replaces all pods.',
    fix: 'Use the profile `tlsserver`; or set `external-tls: true` where a load balancer ends TLS and no pod reads the certificate.',
  },
  noZone: {
    number: 18,
    title: 'There is no DNS zone for the challenge',
    why: 'The certificate authority asks DNS whether the name is yours; the answer goes into a zone of Cloud DNS.',
    fix: 'Set `acme_zone` or `dns_zone` of the environment and apply, or name the zone by the input `dns-zones`.',
  },
  noPlace: {
    number: 19,
    title: 'There is no place for the certificate yet',
    why: 'It is kept in its Kubernetes Secret alone, and the namespace of that Secret is not there; what is ordered without a place for it is lost.',
    fix: 'Deploy first what needs the certificate (or create the namespace), or keep it in Secret Manager by the input `certificate-secret`.',
  },
});
