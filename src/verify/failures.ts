import { catalogue } from '../failure/failure.ts';

export const verifyFailures = catalogue('VERIFY', {
  failed: {
    number: 1,
    title: 'The environment does not work as it should',
    why: 'At least one check failed; each row of the table says what was seen, why, and what to do.',
    fix: 'Do what the failed check’s row says, and run verify again.',
  },
  unknownCheck: {
    number: 2,
    title: 'There is no such check',
    why: 'The input `checks` takes ids and tags of the checks in docs/checks.md.',
    fix: 'Correct the input `checks`, or leave it empty to run all.',
  },
  warned: {
    number: 3,
    title: 'A check gave a warning or no clear result, and fail-on is warn',
    why: 'With `fail-on: warn` everything short of a clear pass fails the step.',
    fix: 'Do what the row says, or set `fail-on: fail`.',
  },
  signalUrl: {
    number: 4,
    title: 'The signal address is not usable',
    why: 'LiveKit’s clients connect by WebSocket, so the address begins with wss://; ws://, without TLS, only reaches this machine.',
    fix: 'Leave the input `signal-url` empty for wss://<domain>, give a wss:// address, or `pod` to go through the cluster’s API.',
  },
  noPod: {
    number: 5,
    title: 'No pod of LiveKit is ready',
    why: 'With `signal-url: pod` signalling goes to one of the ready pods, and there is none.',
    fix: 'See what the check pods-ready says.',
  },
  unreachable: {
    number: 6,
    title: 'An address could not be reached',
    why: 'No answer came from this address.',
    fix: 'See that LiveKit runs and that DNS, firewall and load balancer lead to it.',
  },
  join: {
    number: 7,
    title: 'LiveKit did not let a participant join',
    why: 'The WebSocket connection did not open, or no JoinResponse came.',
    fix: 'Look at the log of LiveKit’s pods at this time; behind a load balancer also at its back end’s health and time-out.',
  },
  api: {
    number: 8,
    title: 'LiveKit’s API did not do what was asked',
    why: 'The room service answered with an error, or something else answers at this address.',
    fix: 'Compare the API key in Secret Manager with the one the pods use (helm-deploy rolls the pods when it changed), and look at the pods’ log.',
  },
  address: {
    number: 9,
    title: 'An address is not usable',
    why: 'The inputs `turn-address` and `stun-server` take a host and a port.',
    fix: 'Write it as `turn.example.com:443`, or leave the input empty.',
  },
  noTurn: {
    number: 10,
    title: 'No TURN server answers',
    why: 'Neither the TURN domain by TLS nor a node’s port 3478 by UDP answered from this machine.',
    fix: 'See what the checks turn-tls, media-turn-tls and media-turn-udp say.',
  },
  lastResults: {
    number: 11,
    title: 'The results of the last run cannot be read',
    why: 'The object is not what verify writes: another tool wrote it, or a newer release did.',
    fix: 'Remove the object; the next run writes it anew.',
  },
  addons: {
    number: 20,
    title: 'The input `addons` is not usable',
    why: 'Each line names an add-on, such as `turn-server`, and may go on with `namespace/release` and `option=value`.',
    fix: 'Correct the line, or leave it out.',
  },
});
