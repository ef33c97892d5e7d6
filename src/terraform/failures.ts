import { catalogue } from '../failure/failure.ts';

const NEW_PLAN =
  'Open a pull request that changes a file of the environment, so that a new plan is made and reviewed, and merge it.';

export const terraformFailures = catalogue('TF', {
  init: {
    number: 1,
    title: 'Terraform could not be initialised',
    why: 'Its providers, modules or the backend could not be set up.',
    fix: 'Read Terraform’s own words in the message; they name the provider, module or bucket.',
  },
  configuration: {
    number: 2,
    title: 'The Terraform configuration has errors',
    why: 'Terraform refuses the configuration at the places that are annotated.',
    fix: 'Correct the files at the lines that the annotations name.',
  },
  plan: {
    number: 3,
    title: 'Terraform could not make the plan',
    why: 'Terraform or a provider reported errors while it compared the configuration with what exists.',
    fix: 'Read Terraform’s own words; they name the resource and what is wrong with it.',
  },
  apply: {
    number: 4,
    title: 'Terraform could not apply the whole plan',
    why: 'A resource could not be made, changed or destroyed. What came before it is done and is in the state.',
    fix: 'Remove the cause that Terraform names, then open a pull request: its plan shows what remains to be done.',
  },
  stateLocked: {
    number: 5,
    title: 'The state is locked',
    why: 'Another run works on the same environment, or one ended without removing its lock.',
    fix: 'Wait for the other run. If there is none any more, remove the lock with the command that the message names.',
  },
  planUnreadable: {
    number: 6,
    title: 'Terraform’s plan is of a form that is not known',
    why: 'The plan’s JSON does not have the documented form; the Terraform version may be too new or too old.',
    fix: 'Use a version of Terraform or OpenTofu that the README names.',
  },
  noCheckout: {
    number: 7,
    title: 'The workspace is not a Git checkout',
    why: 'The action proves by Git which files a plan was made from.',
    fix: 'Run actions/checkout before this step.',
  },
  directoryAbsent: {
    number: 8,
    title: 'The Terraform directory does not exist',
    why: 'The environment’s configuration is looked for in `terraform/environments/<environment>`.',
    fix: 'Check the inputs `environment` and `working-directory`, and run actions/checkout before this step.',
  },
  fork: {
    number: 9,
    title: 'The pull request comes from a fork',
    why: 'A plan runs the pull request’s code with credentials, so forks get none.',
    fix: 'Push the branch to this repository to have it planned; keep the templates’ `if:` that skips the job for forks.',
  },
  noPullRequest: {
    number: 10,
    title: 'The commit did not come from a merged pull request',
    why: 'Only plans that were reviewed in a pull request are applied.',
    fix: 'Revert the direct push, or open a pull request with a change to the environment and merge it.',
  },
  planNotFound: {
    number: 11,
    title: 'There is no plan of the merged pull request',
    why: 'No terraform-plan run stored a plan for the pull request’s last commit and this environment: it failed, was skipped, or the branch was pushed to after it.',
    fix: NEW_PLAN,
  },
  planDamaged: {
    number: 12,
    title: 'The stored plan is not what was reviewed',
    why: 'The object in the bucket is not the file whose SHA-256 was recorded when the plan was made: it was changed, cut short or replaced.',
    fix: `Nothing was applied. Find out in the bucket’s audit log who wrote the object. ${NEW_PLAN}`,
  },
  envelope: {
    number: 13,
    title: 'The record of a stored plan is not usable',
    why: 'The JSON document beside the plan is not of the known form: it was changed or written by another version of this suite.',
    fix: `Use the same version of this suite for plan and apply. ${NEW_PLAN}`,
  },
  planOfOther: {
    number: 14,
    title: 'The stored plan belongs to something else',
    why: 'The plan was made for another environment, pull request or commit than the one that was merged.',
    fix: NEW_PLAN,
  },
  treeDiffers: {
    number: 15,
    title: 'The configuration is not the one that was planned',
    why: 'The branch got other changes to the same files between the plan and the merge, so the plan that was reviewed is not for this tree.',
    fix: `${NEW_PLAN} The branch protection rule “Require branches to be up to date before merging” keeps this from happening.`,
  },
  lockFileDiffers: {
    number: 16,
    title: 'The provider versions are not those of the plan',
    why: 'The lock file (.terraform.lock.hcl) differs from the one that the plan was made with.',
    fix: `Commit the lock file (\`terraform providers lock\`), so that plan and apply use the same providers. ${NEW_PLAN}`,
  },
  engineDiffers: {
    number: 17,
    title: 'The plan was made by another version',
    why: 'A saved plan can only be applied by exactly the engine and version that made it.',
    fix: 'Give plan and apply the same `engine` and `terraform-version`.',
  },
  stateChanged: {
    number: 18,
    title: 'The state changed since the plan was made',
    why: 'Another apply changed the environment after the plan was made, so what was reviewed is no longer what would happen.',
    fix: NEW_PLAN,
  },
  stateOther: {
    number: 19,
    title: 'The plan was made for another state',
    why: 'The state in the bucket has another lineage: it was made anew or replaced after the plan was made.',
    fix: NEW_PLAN,
  },
  stateUnreadable: {
    number: 20,
    title: 'The state is not readable',
    why: 'The object in the bucket is not a Terraform state of version 4.',
    fix: 'Restore the last good generation of the object (the bucket keeps old versions).',
  },
  planExists: {
    number: 21,
    title: 'A plan of this run is stored already',
    why: 'Stored plans are never overwritten; this run and attempt has stored a different one for the same environment.',
    fix: 'Use the action once for each environment in a workflow run.',
  },
  interrupted: {
    number: 22,
    title: 'The apply was interrupted',
    why: 'The job was cancelled while Terraform worked; Terraform ended what it was doing and kept the state.',
    fix: 'Open a pull request: its plan shows what remains to be done.',
  },
  secretMissing: {
    number: 23,
    title: 'The apply needs the LiveKit API key and secret',
    why: 'The configuration writes them into Secret Manager, and neither plan nor state holds them.',
    fix: 'Set `livekit-api-key` and `livekit-api-secret` from the secrets LIVEKIT_API_KEY and LIVEKIT_API_SECRET; check that the job’s GitHub environment has them.',
  },
  output: {
    number: 24,
    title: 'Terraform’s outputs could not be read',
    why: '`terraform output -json` failed after the apply.',
    fix: 'Read Terraform’s own words; run the workflow again, which publishes the outputs without applying anything.',
  },
  prices: {
    number: 55,
    title: 'The price table is not usable',
    why: 'The file of the input `prices` is not of the form that the documentation of terraform-plan shows.',
    fix: 'Correct the file at the place that the message names, or leave the input out to take the list prices that come with this suite.',
  },
});
