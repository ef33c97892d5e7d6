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
});
