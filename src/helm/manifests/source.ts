import { manifestFailures } from './failures.ts';

/**
 * Where manifests come from. download: a file of another's release, pinned by its SHA-256. file: YAML of the workspace. chart: a
 * chart's folder, rendered with this release's values.
 */
export type ManifestSource =
  | { readonly kind: 'download'; readonly name: string; readonly url: URL; readonly sha256: string }
  | { readonly kind: 'file'; readonly name: string; readonly path: string }
  | { readonly kind: 'chart'; readonly name: string; readonly path: string };

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Reads the lines of the input `manifests`. Throws LK-HELM-150. */
export function parseManifestSources(lines: readonly string[]): ManifestSource[] {
  const sources = lines.map(parse);
  const twice = sources.find(({ name }, index) => sources.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) {
    // The name tells the field managers apart: two of one name would take each other's fields.
    throw refused(
      `Two lines of the input \`manifests\` end in ${twice.name}`,
      'Give each file and folder a name of its own.',
    );
  }
  return sources;
}

function parse(line: string): ManifestSource {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(line)) return parseUrl(line);
  const path = line.replace(/^\.\//, '').replace(/\/+$/, '');
  if (path === '' || path.startsWith('/') || path.split('/').includes('..')) {
    throw refused(
      `The line ${quoted(line)} of the input \`manifests\` leads out of the workspace`,
      'Give a path within the workspace.',
    );
  }
  const name = path.split('/').at(-1) ?? path;
  return { kind: /\.(ya?ml|json)$/i.test(path) ? 'file' : 'chart', name, path };
}

function parseUrl(line: string): ManifestSource {
  const url = URL.canParse(line) ? new URL(line) : undefined;
  const [, sha256] = /^#sha256=([0-9a-f]{64})$/.exec(url?.hash ?? '') ?? [];
  if (url === undefined || url.username !== '' || url.password !== '') {
    throw refused(
      `The line ${quoted(withoutCredentials(line))} of the input \`manifests\` is no URL that can be used`,
      'Give an https:// URL without user and password.',
    );
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    throw refused(
      `${url.origin}${url.pathname} in the input \`manifests\` is not fetched by https://`,
      'Give an https:// URL.',
    );
  }
  if (sha256 === undefined) {
    throw refused(
      `${url.origin}${url.pathname} in the input \`manifests\` has no SHA-256`,
      'Put `#sha256=<64 hexadecimal digits>` behind the URL: `curl -sSL <URL> | sha256sum` shows it; look at the file before you trust it.',
    );
  }
  url.hash = '';
  return {
    kind: 'download',
    name: decodeURIComponent(url.pathname.split('/').at(-1) ?? '') || url.hostname,
    url,
    sha256,
  };
}

const withoutCredentials = (line: string) => line.replace(/\/\/[^/@]*@/, '//');
const quoted = (line: string) => `\`${line.slice(0, 200)}\``;
const refused = (what: string, fix: string) => manifestFailures.failure('source', { what: `${what}.`, fix });
