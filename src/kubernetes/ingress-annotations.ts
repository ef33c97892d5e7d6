/** What ingress-nginx read below this prefix, Traefik reads in part. */
export const NGINX_ANNOTATIONS = 'nginx.ingress.kubernetes.io/';

/** What Traefik's provider parses; the chart's files/annotations.yaml has the same, and a test compares them. */
const SUPPORTED: ReadonlySet<string> = new Set([
  'affinity',
  'affinity-canary-behavior',
  'allowlist-source-range',
  'app-root',
  'auth-method',
  'auth-realm',
  'auth-response-headers',
  'auth-secret',
  'auth-secret-type',
  'auth-signin',
  'auth-tls-pass-certificate-to-upstream',
  'auth-tls-secret',
  'auth-tls-verify-client',
  'auth-type',
  'auth-url',
  'backend-protocol',
  'canary',
  'canary-by-cookie',
  'canary-by-header',
  'canary-by-header-pattern',
  'canary-by-header-value',
  'canary-weight',
  'canary-weight-total',
  'client-body-buffer-size',
  'cors-allow-credentials',
  'cors-allow-headers',
  'cors-allow-methods',
  'cors-allow-origin',
  'cors-expose-headers',
  'cors-max-age',
  'custom-headers',
  'custom-http-errors',
  'default-backend',
  'enable-access-log',
  'enable-cors',
  'enable-global-auth',
  'force-ssl-redirect',
  'from-to-www-redirect',
  'limit-burst-multiplier',
  'limit-connections',
  'limit-rpm',
  'limit-rps',
  'permanent-redirect',
  'permanent-redirect-code',
  'proxy-body-size',
  'proxy-buffer-size',
  'proxy-buffering',
  'proxy-buffers-number',
  'proxy-connect-timeout',
  'proxy-http-version',
  'proxy-max-temp-file-size',
  'proxy-next-upstream',
  'proxy-next-upstream-timeout',
  'proxy-next-upstream-tries',
  'proxy-read-timeout',
  'proxy-request-buffering',
  'proxy-send-timeout',
  'proxy-ssl-name',
  'proxy-ssl-secret',
  'proxy-ssl-server-name',
  'proxy-ssl-verify',
  'rewrite-target',
  'server-alias',
  'service-upstream',
  'session-cookie-domain',
  'session-cookie-expires',
  'session-cookie-max-age',
  'session-cookie-name',
  'session-cookie-path',
  'session-cookie-samesite',
  'session-cookie-secure',
  'ssl-passthrough',
  'ssl-redirect',
  'temporal-redirect',
  'temporal-redirect-code',
  'upstream-hash-by',
  'upstream-vhost',
  'use-regex',
  'whitelist-source-range',
  'x-forwarded-prefix',
]);

/** What to do instead of an annotation that Traefik does not read. */
const INSTEAD: Readonly<Record<string, string>> = {
  'auth-cache-duration': 'Traefik asks auth-url for every request; cache in that service.',
  'auth-cache-key': 'Traefik asks auth-url for every request; cache in that service.',
  'auth-proxy-set-headers': 'set the headers in the service that auth-url asks.',
  'auth-snippet': 'there is no nginx that would read it; use auth-url with auth-response-headers.',
  'configuration-snippet':
    'there is no nginx that would read it; set headers by `headers`, and redirects by their own annotations.',
  'denylist-source-range':
    'list who may come (allowlist-source-range), or deny addresses with Cloud Armor or service.sourceRanges.',
  'enable-modsecurity': 'Traefik has no ModSecurity; use Cloud Armor for a web application firewall.',
  'enable-opentelemetry': "set Traefik's tracing for all Ingresses.",
  'enable-opentracing': "set Traefik's tracing for all Ingresses.",
  'enable-owasp-core-rules': 'Traefik has no ModSecurity; use Cloud Armor for a web application firewall.',
  'global-rate-limit':
    'Traefik counts in each replica by itself; divide limits.requestsPerSecond by the replicas, or use Cloud Armor.',
  'global-rate-limit-ignored-cidrs':
    "Traefik's limits know no exceptions; give those clients an Ingress of their own, with allowlist-source-range and without limits.",
  'global-rate-limit-key': 'Traefik counts by client address only; count by other keys in the service.',
  'global-rate-limit-window':
    'Traefik counts in each replica by itself; divide limits.requestsPerSecond by the replicas, or use Cloud Armor.',
  'limit-rate': 'Traefik does not slow answers down; limit requests (limits.requestsPerSecond) instead.',
  'limit-rate-after': 'Traefik does not slow answers down; limit requests (limits.requestsPerSecond) instead.',
  'limit-whitelist':
    "Traefik's limits know no exceptions; give those clients an Ingress of their own, with allowlist-source-range and without limits.",
  'mirror-host': 'Traefik does not mirror requests by annotation; mirror in the service or in the mesh.',
  'mirror-request-body': 'Traefik does not mirror requests by annotation; mirror in the service or in the mesh.',
  'mirror-target': 'Traefik does not mirror requests by annotation; mirror in the service or in the mesh.',
  'modsecurity-snippet': 'Traefik has no ModSecurity; use Cloud Armor for a web application firewall.',
  'modsecurity-transaction-id': 'Traefik has no ModSecurity; use Cloud Armor for a web application firewall.',
  'preserve-trailing-slash': 'Traefik keeps it by itself: leave the annotation out.',
  'proxy-cookie-domain': 'Traefik leaves cookies as they are; let the service set the right domain.',
  'proxy-cookie-path': 'Traefik leaves cookies as they are; let the service set the right path.',
  'proxy-redirect-from':
    'Traefik leaves redirects as they are; let the service answer with the public address (X-Forwarded-Host).',
  'proxy-redirect-to':
    'Traefik leaves redirects as they are; let the service answer with the public address (X-Forwarded-Host).',
  'proxy-ssl-ciphers': 'Go chooses the cipher suite towards the service.',
  'proxy-ssl-protocols': 'Go speaks TLS 1.2 and 1.3 towards the service.',
  satisfy: 'all conditions of an Ingress hold together in Traefik; make two Ingresses.',
  'server-snippet':
    'there is no nginx that would read it; set headers by `headers`, and redirects by their own annotations.',
  'ssl-ciphers': 'set `tls.cipherSuites`, which holds for all Ingresses.',
  'ssl-prefer-server-ciphers': 'Go chooses the cipher suite; set `tls.cipherSuites`.',
  'stream-snippet': 'there is no nginx that would read it.',
};

export interface UnsupportedAnnotation {
  /** Without the prefix. */
  readonly name: string;
  /** What to do, the rest of a sentence. */
  readonly instead: string;
}

/** Those of an Ingress's annotations (without the prefix) that Traefik 3.7 passes over. */
export function unsupportedAnnotations(annotations: Readonly<Record<string, unknown>>): UnsupportedAnnotation[] {
  return Object.keys(annotations)
    .filter((name) => !SUPPORTED.has(name))
    .map((name) => ({
      name,
      instead:
        INSTEAD[name] ?? 'leave it out: Traefik does not know it, and ingress-nginx may not have known it either.',
    }));
}
