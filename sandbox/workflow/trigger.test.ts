import type { WorkflowEvent } from './event.ts';
import { checkedInputs, reasonNotToRun } from './trigger.ts';
import { parseWorkflow } from './workflow-file.ts';

const EVENT: WorkflowEvent = {
  name: 'push',
  payload: {},
  ref: 'refs/heads/main',
  sha: '',
  headRef: '',
  baseRef: 'main',
  actor: 'ada',
  title: '',
  changedFiles: ['terraform/environments/dev/main.tf'],
  inputs: {},
  fork: false,
  pulls: [],
};
const workflow = (on: string) => parseWorkflow(`on: ${on}\njobs: { a: { runs-on: x, steps: [{ run: x }] } }`, 'w.yml');
const pull = (action: string): WorkflowEvent => ({ ...EVENT, name: 'pull_request', payload: { action } });
const GROUP: WorkflowEvent = {
  ...EVENT,
  name: 'merge_group',
  ref: 'refs/heads/gh-readonly-queue/main/pr-1-abc',
  payload: { action: 'checks_requested', merge_group: { base_ref: 'refs/heads/main' } },
};

it.each([
  ['a name alone', 'push', EVENT, undefined],
  ['a list', '[pull_request, push]', EVENT, undefined],
  ['another event', 'schedule', EVENT, 'it is not started by push'],
  ['its branch', '{ push: { branches: [main] } }', EVENT, undefined],
  ['another branch', '{ push: { branches: [dev] } }', EVENT, 'main is not among dev'],
  ['an ignored branch', '{ push: { branches-ignore: [ma*] } }', EVENT, 'main is left out by ma*'],
  ['its schedule', "{ schedule: [{ cron: '0 1 * * *' }] }", { ...EVENT, name: 'schedule' }, undefined],
  ['only tags', '{ push: { tags: [v*] } }', EVENT, 'it is only started by tags'],
  ['a path', "{ push: { paths: ['terraform/**'] } }", EVENT, undefined],
  ['other paths', "{ push: { paths: ['helm/**'] } }", EVENT, 'nothing changed in helm/**'],
  ['only ignored paths', "{ push: { paths-ignore: ['terraform/**'] } }", EVENT, 'only terraform/** changed'],
  ['a type that starts by default', 'pull_request', pull('synchronize'), undefined],
  ['a type that does not', 'pull_request', pull('closed'), 'pull_request closed is not among its types'],
  ['a type that is named', '{ pull_request: { types: [closed] } }', pull('closed'), undefined],
  ['the branch of a merge queue', '{ merge_group: { branches: [main] } }', GROUP, undefined],
  ['the branch of another queue', '{ merge_group: { branches: [dev] } }', GROUP, 'main is not among dev'],
  ['the base branch', '{ pull_request: { branches: [dev] } }', pull('opened'), 'main is not among dev'],
])('decides by %s', (_, on, event, expected) => expect(reasonNotToRun(workflow(on), event)).toBe(expected));

const INPUTS = workflow(
  '{ workflow_dispatch: { inputs: { where: { type: choice, options: [dev, prd], required: true }, dry: { type: boolean, default: true }, n: { type: number }, note: } } }',
);

it('fills defaults in and keeps everything text, as the event does', () => {
  expect(checkedInputs(INPUTS, { where: 'dev', n: '3' })).toEqual({ where: 'dev', dry: 'true', n: '3', note: '' });
});

it.each([
  ['a missing one', {}, "Required input 'where' not provided"],
  [
    'one that is not among the options',
    { where: 'stg' },
    "Provided value 'stg' for input 'where' not in the list of allowed values",
  ],
  ['a boolean that is none', { where: 'dev', dry: 'yes' }, "Provided value 'yes' for input 'dry' not in the list"],
  ['a number that is none', { where: 'dev', n: 'x' }, 'is not a number'],
  ['an unknown one', { where: 'dev', other: 'x' }, 'Unexpected inputs provided: ["other"]'],
])('refuses %s', (_, given, message) => expect(() => checkedInputs(INPUTS, given)).toThrow(message));

it('says what is wrong with a file that is no workflow', () => {
  expect(() => parseWorkflow('on: push', 'w.yml')).toThrow(/w\.yml is not a workflow: .*jobs/s);
});
