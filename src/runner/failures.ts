import { catalogue } from '../failure/failure.ts';

export const inputFailures = catalogue('INPUT', {
  missing: {
    number: 1,
    title: 'A required input is missing',
    why: 'The action cannot go on without it.',
    fix: 'Set it under `with:` in the workflow. A secret or variable that does not exist gives an empty value.',
  },
  invalid: {
    number: 2,
    title: 'An input has a value that is not allowed',
    why: 'The value is not of the form that the input takes.',
    fix: 'Give a value of the form that the message names.',
  },
  conflict: {
    number: 3,
    title: 'Two inputs contradict each other',
    why: 'Only one of them can be meant.',
    fix: 'Remove one of the two.',
  },
});

export const runnerFailures = catalogue('RUN', {
  unexpected: {
    number: 1,
    title: 'Something unexpected went wrong',
    why: 'The action met an error that it does not know.',
    fix: 'Run the job again with debug logging (ACTIONS_STEP_DEBUG=true) and open an issue with the log.',
  },
  cancelled: {
    number: 2,
    title: 'The job was cancelled',
    why: 'Someone cancelled the workflow run, or a newer run replaced it.',
    fix: 'Read the lines above for what was already done; then run the job again.',
  },
  environment: {
    number: 3,
    title: 'The runner gave no usable description of the job',
    why: 'A GITHUB_… variable is missing or malformed.',
    fix: 'Run the action in a workflow on a runner of version 2.327 or later, or set the variable that is named.',
  },
  diskFull: {
    number: 4,
    title: 'The runner’s disk is full',
    why: 'Plans, providers and states are written to the runner’s disk first, and nothing fits any more.',
    fix: 'Free space before this step (`df -h` shows where it went), or use a runner with a larger disk, and run the job again.',
  },
});
