import { parseSet } from './set.ts';

test.each([
  ['image.tag=v1.11.0', { image: { tag: 'v1.11.0' } }],
  ['replicaCount=2', { replicaCount: 2 }],
  ['image.tag=1.10', { image: { tag: '1.10' } }],
  ['livekit.rtc.use_external_ip=false', { livekit: { rtc: { use_external_ip: false } } }],
  ['livekit.turn.tls_port=null', { livekit: { turn: { tls_port: null } } }],
  ['id=007', { id: '007' }],
  ['name=', { name: '' }],
  ['a=b=c', { a: 'b=c' }],
  ['a=x, y', { a: 'x, y' }],
  ['a="5"', { a: '5' }],
  ['a={"cpu":"200m"}', { a: { cpu: '200m' } }],
  ['loadBalancer.tls[0].hosts[1]=x', { loadBalancer: { tls: [{ hosts: [null, 'x'] }] } }],
  ['podAnnotations.team\\.nova\\.dev/owner=media', { podAnnotations: { 'team.nova.dev/owner': 'media' } }],
])('%s', (line, values) => {
  expect(parseSet([line])).toEqual(values);
});

test('lines build on each other, the later wins', () => {
  expect(parseSet(['a.b=1', 'a.c=2', 'a.b=3', 'l[1]=x', 'l[0]=y'])).toEqual({ a: { b: 3, c: 2 }, l: ['y', 'x'] });
});

test.each(['no-equals', '=value', '.a=1', 'a.=1', 'a..b=1', 'a[x]=1', 'a[0]b=1', 'a={"cpu"'])(
  '%s is refused',
  (line) => {
    expect(() => parseSet([line])).toThrow(expect.objectContaining({ code: 'LK-HELM-003' }) as Error);
  },
);
