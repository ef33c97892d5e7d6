import type { ObjectChange } from './change.ts';
import { openTexts } from './text-difference.ts';
import type { Difference } from './compare.ts';
import type { Preview } from './preview.ts';
import { commentHead, previewSection, renderPreview } from './render.ts';

const difference = (path: string, before: unknown, after: unknown, setBy: string[] = []): Difference => ({
  path: path.split('/'),
  before,
  after,
  setBy,
});
const change = (kind: string, name: string, differences: Difference[] = [], more: Partial<ObjectChange> = {}) => ({
  action: 'change' as const,
  kind,
  namespace: 'livekit',
  name,
  differences,
  rollsPods: false,
  ...more,
});
const preview = (changes: ObjectChange[], more: Partial<Preview> = {}): Preview => ({
  environment: 'dev',
  release: 'livekit-server',
  namespace: 'livekit',
  chart: { name: 'livekit-server', version: '1.9.0' },
  changes,
  rolls: [],
  notes: [],
  ...more,
});
const image = difference('spec/template/spec/containers/[livekit-server]/image', 'a:1', 'a:2');
const rolling = change('Deployment', 'livekit-server', [image], { rollsPods: true });

test('nothing is said to change when nothing does', () => {
  expect(renderPreview(preview([]))).toContain('### dev: nothing would change');
});

test('each field has its old and its new value', () => {
  expect(renderPreview(preview([rolling]))).toContain(
    [
      '```diff',
      '- spec.template.spec.containers[livekit-server].image: a:1',
      '+ spec.template.spec.containers[livekit-server].image: a:2',
      '```',
    ].join('\n'),
  );
});

test.each([
  [{ rooms: 2, participants: 7 }, '2 rooms, 7 participants are on them now'],
  [{ rooms: 0, participants: 0 }, 'Nobody is on them now.'],
  ['unknown' as const, 'How many participants are on them now is not known.'],
])('which change rolls the pods, and who is on them: %j', (load, words) => {
  const text = renderPreview(
    preview([rolling], { rolls: [{ kind: 'Deployment', name: 'livekit-server', pods: 2, load }] }),
  );
  expect(text).toContain(
    '🔄 **2 pods of Deployment livekit-server**: <code>spec.containers[livekit-server].image</code>.',
  );
  expect(text).toContain(words);
});

test('secrets are hidden by kind and by name, in whole objects too', () => {
  const text = renderPreview(
    preview([
      change('Secret', 's', [difference('data/key', 'Y2FuYXJ5', 'Y2FuYXJ5Mg==')]),
      change('ConfigMap', 'c', [difference('data/config.yaml/keys/APIkey', 'canary-1', 'canary-2')]),
      change('Deployment', 'd', [
        difference('spec/template/spec/containers/[x]/env/[API_SECRET]', undefined, {
          name: 'API_SECRET',
          value: 'canary-3',
        }),
        difference('spec/template/spec/containers/[x]/env/[DB_PASSWORD]/value', 'canary-4', 'canary-5'),
        difference('spec/template/spec/volumes/[v]/secret/secretName', 'tls-1', 'tls-2'),
      ]),
    ]),
  );
  expect(text).not.toMatch(/canary|Y2FuYXJ5/);
  expect(text).toContain('! data.key: another value (hidden)');
  expect(text).toContain('- spec.template.spec.volumes[v].secret.secretName: tls-1');
});

test('a text that is YAML is told by its keys', async () => {
  const opened = await openTexts([
    difference('data/config.yaml', 'port: 7880\nrtc:\n  tcp_port: 1\n', 'port: 7880\nrtc:\n  tcp_port: 2\n'),
  ]);
  expect(opened).toEqual([difference('data/config.yaml/rtc/tcp_port', 1, 2)]);
  const plainText = difference('data/x', 'a\nb', 'a\nc');
  expect(await openTexts([plainText])).toEqual([plainText]);
});

test('the comment’s section fits the room that it gets: fields, then objects, then counts', () => {
  const many = Array.from({ length: 50 }, (_, index) =>
    change('ConfigMap', `c-${index}`, [difference('data/x', 'old-'.repeat(50), 'new-'.repeat(50))]),
  );
  const draw = previewSection(preview(many), { url: 'https://run', commit: 'abcdef0123' });
  expect(draw(60_000).body).toContain('+ data.x: new');
  const middle = draw(5_000).body;
  expect(middle).toContain('c-49');
  expect(middle).not.toContain('data.x');
  expect(draw(1_000).body).toContain('50 changed');
  expect(draw(10).body).toBe('');
  for (const room of [60_000, 5_000, 1_000, 10]) expect(draw(room).body.length).toBeLessThanOrEqual(room);
});

test('the comment’s head has a row for each environment', () => {
  const { cells } = previewSection(preview([rolling]), { url: 'https://run', commit: 'abcdef0123' })(10);
  expect(commentHead([{ key: 'dev', cells, body: '' }])).toContain(
    '| ✏️ | **dev** | · | **1** | · | · | [previewed](https://run) for <code>abcdef0</code> |',
  );
});
