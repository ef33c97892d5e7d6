/** Why an object cannot be made real, in GKE's own words; it becomes an event. */
export class Refusal extends Error {}
