import { catalogue } from '../failure/failure.ts';

export const environmentFailures = catalogue('ENV', {
  absent: {
    number: 1,
    title: 'The environment has not been applied yet',
    why: 'The outputs document, which terraform-apply writes after each apply, is not in the bucket.',
    fix: 'Merge the environment’s pull request (or run the terraform-apply workflow) and try again.',
  },
  malformed: {
    number: 2,
    title: 'The outputs document is not as expected',
    why: 'It was written by another version of this suite, or the environment’s outputs were changed.',
    fix: 'Keep the outputs of terraform/environments as they are shipped, and run terraform-apply again.',
  },
  name: {
    number: 3,
    title: 'The environment’s name is not usable',
    why: 'The name becomes part of object paths and resource names.',
    fix: 'Use 1 to 20 lower-case letters, digits or hyphens, beginning with a letter.',
  },
  none: {
    number: 4,
    title: 'There is no environment in the workspace',
    why: 'The action looks for environments in the checked-out repository, and found none; without one nothing would be planned or deployed, and the job would look well.',
    fix: 'Check the repository out before the action (actions/checkout), and keep environments in terraform/environments/<name> and helm/values/<name>.yaml.',
  },
});
