/** What an environment is meant to be, beyond what Terraform's outputs say: the table of the three that ship. */
export interface Profile {
  readonly name: string;
  /** Pods that it has at least. */
  readonly pods: number;
  readonly isAutoscaled: boolean;
  /** Pods that a disruption budget keeps; `undefined` where there is none. */
  readonly minAvailable: number | undefined;
  /** Its signal domain has a ManagedCertificate. */
  readonly hasManagedCertificate: boolean;
}

const PROFILES: readonly Profile[] = [
  { name: 'dev', pods: 1, isAutoscaled: false, minAvailable: undefined, hasManagedCertificate: true },
  { name: 'stg', pods: 2, isAutoscaled: true, minAvailable: 1, hasManagedCertificate: true },
  { name: 'prd', pods: 3, isAutoscaled: true, minAvailable: 2, hasManagedCertificate: true },
];

/** Names for the input; `none` compares with no table. */
export const PROFILE_NAMES = ['auto', ...PROFILES.map(({ name }) => name), 'none'];

/** The profile of that name; `auto` takes the one that is named like the environment, if there is one. */
export function profileOf(name: string, environment: string): Profile | undefined {
  const wanted = name === 'auto' ? environment : name;
  return PROFILES.find((profile) => profile.name === wanted);
}
