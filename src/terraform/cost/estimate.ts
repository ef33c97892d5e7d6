/** US dollars a month: with as few and as many nodes as the autoscaler may run. The same twice for what does not scale. */
export interface CostRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** What one resource costs before and after the plan. */
export interface CostPart {
  readonly address: string;
  /** `c2-standard-8, 2 to 4 nodes` */
  readonly what: string;
  /** `undefined` when it is not there. */
  readonly before: CostRange | undefined;
  readonly after: CostRange | undefined;
}

/** Resources that may cost something of which the table says nothing: told, never taken for free. */
export interface NotEstimated {
  /** A resource type, or a resource's address where others of its type are estimated. */
  readonly what: string;
  readonly count: number;
  readonly why: string;
}

export interface CostEstimate {
  readonly before: CostRange;
  readonly after: CostRange;
  /** The dearest first. */
  readonly parts: readonly CostPart[];
  readonly notEstimated: readonly NotEstimated[];
  /** Where the unit prices come from. */
  readonly prices: { readonly date: string; readonly region: string; readonly source: string };
}
