/** `helm/addons/<name>` and what is in it: no repository has these, and they come with the suite's own release. */
export const isAddon = (path: string) => /^(\.\/)?helm\/addons\/[a-z0-9-]+(\/|$)/.test(path);
