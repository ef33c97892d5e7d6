/**
 * What a child process needs of the job's environment. The runner puts every input, secrets too, and its own tokens into
 * variables (INPUT_…, ACTIONS_…, GITHUB_…); a child that is not told of them cannot leak them.
 */
export function childEnvironment(
  variables: NodeJS.ProcessEnv,
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const kept = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && PASSED_ON.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), ...own };
}

const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TZ|LANG|LC_\w+|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|(HTTPS?|NO|ALL)_PROXY|XDG_\w+|CLOUDSDK_CONFIG)$/i;

/**
 * All of the job's environment but what is the runner's own: inputs and saved state, some of them secrets, its service
 * tokens, and the files by which a step sets variables and outputs. For programs that the user set up by variables.
 */
export function jobEnvironment(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !KEPT_BACK.test(name)));
}

const KEPT_BACK = /^(INPUT_|STATE_|ACTIONS_(RUNTIME|RESULTS|CACHE)_|GITHUB_(ENV|PATH|OUTPUT|STATE|STEP_SUMMARY)$)/i;
