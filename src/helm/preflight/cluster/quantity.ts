const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** Kubernetes' way of writing amounts (`500m`, `8Gi`, 3) as a number; `undefined` for what is none. */
export function quantity(text: unknown): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(String(text)) ?? [];
  const factor = FACTORS[unit];
  return digits === '' || factor === undefined ? undefined : Number(digits) * factor;
}
