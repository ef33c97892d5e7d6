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
  keys: {
    number: 4,
    title: 'The secret with LiveKit’s API key is not as expected',
    why: 'The secret holds YAML with one line `key: secret` for each API key, as LiveKit’s key file does.',
    fix: 'Set TF_VAR_livekit_api_key and TF_VAR_livekit_api_secret, raise the secret’s version, and run terraform-apply again.',
  },
  signalUrl: {
    number: 5,
    title: 'The signal address is not usable',
    why: 'LiveKit’s clients connect by WebSocket, so the address begins with wss:// (or ws:// without TLS).',
    fix: 'Leave the input `signal-url` empty for wss://<domain>, give a ws:// or wss:// address, or `pod` to go through the cluster’s API.',
  },
  forward: {
    number: 6,
    title: 'A pod could not be reached through the cluster’s API',
    why: 'The check goes through `kubectl port-forward`, which needs a running pod and the permission pods/portforward.',
    fix: 'Grant the service account roles/container.developer, and see that the pod runs.',
  },
  object: {
    number: 7,
    title: 'The cluster’s API gave an object in a form that is not known',
    why: 'The object lacks a field that Kubernetes documents as required.',
    fix: 'Run verify again; open an issue with the message when it happens twice.',
  },
});
