import { mermaidParser } from '../runner/mermaid.fixture.ts';
import { ending, seen } from './rollout/observation.fixture.ts';
import { type PodLife, timeline } from './rollout/timeline.ts';
import { timelineDiagram, timelinePart } from './timeline-picture.ts';

interface Task {
  readonly section: string;
  readonly task: string;
  readonly startTime: Date;
  readonly endTime: Date;
}

const diagram = mermaidParser<{ db: { getTasks(): Task[] } }>();
const parse = async (text: string) => (await diagram(text)).db.getTasks();
const now = new Date('2026-11-21T09:02:00Z');
const at = (time: string) => Date.parse(`2026-11-21T${time}Z`);
const life = (more: Partial<PodLife>): PodLife => ({
  uid: more.name ?? 'a',
  name: 'livekit-server-a',
  node: 'node-1',
  age: 'new',
  created: at('09:00:00'),
  scheduled: at('09:00:10'),
  ready: at('09:00:30'),
  ending: undefined,
  gone: undefined,
  ...more,
});
async function bars(...lives: PodLife[]): Promise<string[]> {
  const tasks = await parse(timelineDiagram(lives, now) ?? '');
  const time = (date: Date) => new Date(date).toISOString().slice(11, 19);
  return tasks.map(
    ({ section, task, startTime, endTime }) => `${section}: ${task.trim()} ${time(startTime)}-${time(endTime)}`,
  );
}

test('a new pod waits for a node, starts and is ready until now', async () => {
  expect(await bars(life({}))).toEqual([
    'livekit-server-a (new) on node-1: waits for a node 09:00:00-09:00:10',
    'livekit-server-a (new) on node-1: starts 09:00:10-09:00:30',
    'livekit-server-a (new) on node-1: ready 09:00:30-09:02:00',
  ]);
});

test('an old pod of days is shown from shortly before it was told to end', async () => {
  const old = life({
    name: 'old',
    age: 'old',
    created: at('00:00:00'),
    scheduled: at('00:00:01'),
    ready: at('00:00:02'),
  });
  const shown = await bars({ ...old, ending: at('09:01:00'), gone: at('09:01:40') }, life({}));
  expect(shown.slice(0, 2)).toEqual([
    'old (old) on node-1: ready 08:59:48-09:01:00',
    'old (old) on node-1: ends 09:01:00-09:01:40',
  ]);
});

test('a pod that finds no node waits until now', async () => {
  expect(await bars(life({ node: '', scheduled: undefined, ready: undefined }))).toEqual([
    'livekit-server-a (new): waits for a node 09:00:00-09:02:00',
  ]);
});

test('there is no picture when nothing became of any pod', () => {
  expect(timelinePart([life({ age: 'old' })], now)).toEqual([]);
  expect(timelinePart([], now)).toEqual([]);
});

test('a name with signs of the picture’s language does not break it', async () => {
  expect(await bars(life({ name: 'a: b; c #1\nsection x', node: '' }))).toHaveLength(3);
});

describe('from looks at a real rollout', () => {
  test('the times are those that the cluster keeps', () => {
    const ready = seen('ready');
    const recorded = timeline();
    recorded.see(ready);
    const [pod] = recorded.lives();
    const [real] = ready.newPods;
    const since = real?.status.conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '';
    expect(pod).toMatchObject({
      name: real?.metadata.name,
      age: 'new',
      created: Date.parse(real?.metadata.creationTimestamp ?? ''),
      ready: Date.parse(since),
      gone: undefined,
    });
  });

  test('a pod that ends keeps when it was ready, and is gone when it is seen no more', () => {
    const ready = seen('ready');
    const recorded = timeline();
    recorded.see(ready);
    const before = recorded.lives()[0];
    const pods = ending(ready).map((pod) => ({ ...pod, status: { ...pod.status, conditions: [] } }));
    recorded.see({ ...ready, newPods: [], oldPods: pods });
    expect(recorded.lives()).toMatchObject([{ age: 'old', ready: before?.ready, gone: undefined }]);
    expect(recorded.lives()[0]?.ending).toBeLessThanOrEqual(Date.parse('2026-11-21T14:00:00Z'));
    const later = new Date('2026-11-21T14:01:00Z');
    recorded.see({ ...ready, at: later, newPods: [], oldPods: [] });
    expect(recorded.lives()).toMatchObject([{ gone: later.getTime() }]);
  });
});
