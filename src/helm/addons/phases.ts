/** Something that is brought up, and what it builds upon. */
export interface Phase {
  /** `core` is LiveKit, or whatever service the add-ons are for; the others are charts of helm/addons. */
  readonly name: string;
  /** What comes before it where both are brought up, and without which it is left alone. */
  readonly needs: readonly string[];
}

/** The order in which a cluster is brought up: one after the other, from the first. */
export const phases: readonly Phase[] = [
  { name: 'core', needs: [] },
  { name: 'ingress-tls', needs: ['core'] },
  { name: 'turn-server', needs: ['core'] },
  // Its rights are for namespaces that are there.
  { name: 'monitoring', needs: ['core'] },
  // Its webhook comes in by the entrance.
  { name: 'gitops', needs: ['core', 'ingress-tls'] },
];
