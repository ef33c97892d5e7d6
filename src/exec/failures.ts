import { catalogue } from '../failure/failure.ts';

export const execFailures = catalogue('EXEC', {
  notFound: {
    number: 1,
    title: 'A program is missing',
    why: 'The program is not on PATH and this step does not install it.',
    fix: 'Install it on the runner, or let the action install it with its `…-version` input.',
  },
  timedOut: {
    number: 2,
    title: 'A program ran past its time-out',
    why: 'The program gave no result within its time-out and was ended.',
    fix: 'Read its last lines under “Evidence”: they say what it waited for. Run the job again when that was slow.',
  },
});
