import { catalogue } from '../failure/failure.ts';

export const githubFailures = catalogue('GITHUB', {
  noToken: {
    number: 1,
    title: 'There is no GitHub token',
    why: 'The action reads and comments pull requests with the job’s token, and its input `github-token` is empty.',
    fix: 'Leave `github-token` away (the job’s own token is its default), or give one that is not empty.',
  },
  permissionDenied: {
    number: 2,
    title: 'The GitHub token lacks a permission',
    why: 'The job’s `permissions` do not include what this needs; on pull requests from forks they never do.',
    fix: 'Add the permission that the message names to the job’s `permissions`.',
  },
  badToken: {
    number: 3,
    title: 'GitHub does not accept the token',
    why: 'The token has expired, was revoked, or belongs to another GitHub server.',
    fix: 'Use the job’s own token, `${{ github.token }}`; it is valid as long as the job runs.',
  },
  notFound: {
    number: 4,
    title: 'GitHub knows no such thing',
    why: 'It does not exist, or the token may not see it, which GitHub answers in the same way.',
    fix: 'Check the repository and the number in the message, and the job’s `permissions`.',
  },
  tooLong: {
    number: 5,
    title: 'A comment is too long for GitHub',
    why: 'A comment may have 65,536 characters.',
    fix: 'The job summary has the whole text; open an issue, since comments are made to fit.',
  },
  rateLimited: {
    number: 6,
    title: 'GitHub’s rate limit is used up',
    why: 'Too many requests were made with this token, and GitHub asked to wait longer than a job should.',
    fix: 'Run the job again after the time that the message names.',
  },
  unavailable: {
    number: 7,
    title: 'GitHub did not answer',
    why: 'The API answered with errors, or not at all, several times in a row.',
    fix: 'Run the job again; see githubstatus.com when it goes on.',
  },
  refused: {
    number: 8,
    title: 'GitHub refused a request',
    why: 'The API found the request wrong.',
    fix: 'Read GitHub’s own words in the message.',
  },
  event: {
    number: 9,
    title: 'The event is not of a form that the action knows',
    why: 'The payload of the event that started the workflow lacks what a pull request or push has.',
    fix: 'Start the action by `pull_request`, `push` or `workflow_dispatch`, as the templates do.',
  },
  commentLost: {
    number: 10,
    title: 'The comment was overwritten again and again',
    why: 'Other jobs write the same comment at the same time, and this job’s part was gone after each try.',
    fix: 'Read the job summary, which has the same text; run the job again for the comment.',
  },
  answer: {
    number: 11,
    title: 'GitHub’s answer is not of the known form',
    why: 'A part that the documented API has is missing, so nothing can be concluded from the answer.',
    fix: 'Run the job again; with a GitHub Enterprise Server, check that its version is a supported one.',
  },
  issueLost: {
    number: 12,
    title: 'An issue does not keep its label',
    why: 'The issue is found again by its label; without it the next run would open another one.',
    fix: 'Make the label that the message names in the repository, and run the job again.',
  },
  noJobToken: {
    number: 13,
    title: 'GitHub did not give the job its OIDC token',
    why: 'Only the token says in which GitHub environment the job runs.',
    fix: 'Add `permissions: { id-token: write }` to the job, and run it again; see githubstatus.com when it goes on.',
  },
});
