import { readFileSync } from 'node:fs';
import { outputsOf } from '../payload.fixture.ts';
import { parseLayer } from '../values/layer.ts';
import { addonFacts, inspectAddon } from './inspect.ts';

const CHART = 'helm/addons/ingress-tls';
const outputs = outputsOf('dev', 3);

async function findings(text: string, address = 'livekit-dev-ingress') {
  const known = { ...outputs, ingress_address_name: address };
  const file = `${CHART}/values-messaging.yaml`;
  const layers = [
    ...addonFacts('ingress-tls', known),
    await parseLayer(file, readFileSync(file, 'utf8')),
    await parseLayer('more.yaml', text),
  ];
  const context = { layers, outputs: known, release: 'ingress-tls', namespace: 'ingress-nginx', secrets: new Map() };
  return inspectAddon('ingress-tls', {}, context);
}

const withAnnotation = (name: string) =>
  `ingresses: { messaging-service-ingress: { annotations: { nginx.ingress.kubernetes.io/${name}: 10.0.0.0/8 } } }`;

describe('preflight of ingress-tls', () => {
  it('finds nothing in the values of the messaging service', async () => {
    expect(await findings('{}')).toEqual([]);
  });

  it('refuses an annotation that Traefik passes over, and says what to do instead', async () => {
    const [found, ...others] = await findings(withAnnotation('limit-whitelist'));
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      kind: 'annotation',
      level: 'error',
      what: 'The Ingress messaging-service-ingress has the annotation nginx.ingress.kubernetes.io/limit-whitelist, which Traefik does not read.',
    });
    expect(found?.fix).toMatch(/^Traefik's limits know no exceptions; .*allowlist-source-range/);
  });

  it('takes one that Traefik reads', async () => {
    expect(await findings(withAnnotation('allowlist-source-range'))).toEqual([]);
  });

  it('finds the domain of LiveKit’s Ingress not filled in', async () => {
    const found = await findings(readFileSync(`${CHART}/values-livekit.yaml`, 'utf8'));
    expect(found.map(({ kind, path }) => [kind, path.join('.')])).toEqual([
      ['placeholder', 'ingresses.livekit-ingress.host'],
    ]);
  });

  it('warns of an address that nobody reserved', async () => {
    expect(await findings('{}', '')).toMatchObject([{ kind: 'address', level: 'warning' }]);
  });
});

describe('facts for ingress-tls', () => {
  it('are the name of the reserved address', () => {
    expect(addonFacts('ingress-tls', { ...outputs, ingress_address_name: 'a' })).toEqual([
      { name: 'the outputs document', values: { service: { addressName: 'a' } } },
    ]);
  });

  it('are none where none is reserved', () => {
    expect(addonFacts('ingress-tls', outputs)).toEqual([]);
  });
});
