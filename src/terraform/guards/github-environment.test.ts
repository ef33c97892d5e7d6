import { checkGitHubEnvironment } from './github-environment.ts';

test.each([
  ['prd', 'prd'],
  ['prd', 'PRD'],
  ['dev', undefined],
])('%s may be applied in the GitHub environment %s', (environment, actual) =>
  expect(() => checkGitHubEnvironment(environment, ['prd'], actual)).not.toThrow(),
);

test.each([
  [undefined, /runs in no GitHub environment, not in prd/],
  ['dev', /runs in the GitHub environment dev, not in prd/],
])('prd may not be applied in %s', (actual, message) => {
  const refused = expect.objectContaining({
    code: 'LK-TF-039',
    message: expect.stringMatching(message) as string,
  }) as Error;
  expect(() => checkGitHubEnvironment('prd', ['prd'], actual)).toThrow(refused);
});
