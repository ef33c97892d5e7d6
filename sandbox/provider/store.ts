import type { ObjectValue } from './value.ts';

/** A resource as it is kept: its attributes, and what Terraform may not read back (handed over, never answered). */
export interface Resource {
  readonly attributes: ObjectValue;
  readonly writeOnly: ObjectValue;
}

/** Where resources live, by type and Terraform id. Every method throws {@link StoreError} where Google would refuse. */
export interface ResourceStore {
  /** Answers the attributes with what the world computed; 409 where the key exists. */
  create(type: string, key: string, resource: Resource): Promise<ObjectValue>;
  read(type: string, key: string): Promise<ObjectValue | null>;
  update(type: string, key: string, resource: Resource): Promise<ObjectValue>;
  /** Quiet when it is gone already. */
  remove(type: string, key: string): Promise<void>;
  keys(type: string): Promise<string[]>;
}

/** A refusal in Google's words, with the HTTP status that Google would answer. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
