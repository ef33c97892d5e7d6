import type { ObjectValue, Path } from './value.ts';
export interface Refusal {
  readonly summary: string;
  readonly detail: string;
  readonly path: Path;
}
export function refusalsOf(_type: string, _config: ObjectValue, _options: { writeOnlyAllowed: boolean }): Refusal[] {
  return [];
}
