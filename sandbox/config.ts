import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Everything that the parts of the sandbox must know of each other: written once by `sandbox up` to
 * `<directory>/sandbox.json`, read by each part, removed by `sandbox down`. Addresses are URLs without a trailing slash.
 */
export interface SandboxConfig {
  /** State of everything: one directory, one log file a part under `logs/`. */
  readonly directory: string;
  /** Directory of the tools that the sandbox uses, one executable file each (`terraform`, `helm`, `act` ...). */
  readonly bin: string;
  readonly project: { readonly id: string; readonly number: string; readonly region: string };
  /** The user's GitHub repository. */
  readonly repository: {
    readonly owner: string;
    readonly name: string;
    readonly id: string;
    readonly ownerId: string;
    /** The bare git repository that plays GitHub's side. */
    readonly gitDirectory: string;
  };
  readonly bucket: string;
  readonly addresses: {
    /** GitHub stand-in: REST API, OIDC issuer and pages. */
    readonly github: string;
    /** Google stand-in: every API as `<google>/<host>/<path>`, for example `<google>/sts.googleapis.com/v1/token`. */
    readonly google: string;
    /** Cloud Storage with authentication: served at the root of its own port, since Google's Go client insists on that. */
    readonly storage: string;
    /** fake-gcs-server itself, reached only by the Google stand-in. */
    readonly storageUpstream: string;
    readonly helmRepository: string;
    readonly kubernetes: string;
  };
  readonly kubernetes: {
    readonly certificateAuthority: string;
    /** kubeconfig of the sandbox's own administrator; never handed to an action. */
    readonly adminKubeconfig: string;
    /** Spare machines, in order; a node pool that Terraform applied takes them. */
    readonly nodes: readonly { readonly name: string; readonly address: string }[];
  };
  /** Address on the bridge from which Redis instances are numbered. */
  readonly redisAddress: string;
}

/** Where the state of the sandbox lives. Short, since socket paths under it may have 107 bytes at most. */
export function sandboxDirectory(): string {
  return process.env['LIVEKIT_GKE_SANDBOX_DIR'] ?? '/var/lib/livekit-gke-sandbox';
}

/** Where tools are kept between runs, each under its name and version. Outside of the checkout. */
export function cacheDirectory(): string {
  return (
    process.env['LIVEKIT_GKE_CACHE_DIR'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'livekit-gke')
  );
}
