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
