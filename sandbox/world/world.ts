import type { SandboxConfig } from '../config.ts';

/** Attributes of a Terraform resource, as JSON. */
export type Attributes = Record<string, unknown>;

/**
 * What Terraform applied becomes real here: a Redis instance a Redis, a node pool nodes. Called by the Google stand-in, one
 * call at a time, and awaited. `type` is the Terraform resource type, `key` the Terraform id.
 */
export interface World {
  /** Gives what only the world knows (addresses, certificates); it is merged over the attributes. Throws to refuse. */
  created(type: string, key: string, attributes: Attributes): Promise<Attributes>;
  updated(type: string, key: string, before: Attributes, after: Attributes): Promise<Attributes>;
  deleted(type: string, key: string, attributes: Attributes): Promise<void>;
}

export async function restoreWorld(_config: SandboxConfig): Promise<void> {}
