/** Own rules of a repository (`terraform/policy.yaml`). */
export interface Policy {
  readonly rules: readonly unknown[];
}
