import type { ChangeJson, Json, Marks } from '../plan-json.ts';

/**
 * A resource's values without those that are sensitive or only known after the apply, so that neither a sum nor its words
 * can tell anything of them.
 */
export class KnownValues {
  private readonly value: Json | undefined;
  private readonly hidden: readonly (Marks | undefined)[];

  constructor(value: Json | undefined, hidden: readonly (Marks | undefined)[]) {
    this.value = value;
    this.hidden = hidden;
  }

  /** The same below a key; `[]` of a block's list of one is stepped over. */
  at(...path: readonly (string | number)[]): KnownValues {
    return path.reduce<KnownValues>((values, key) => values.step(key), this);
  }

  private step(key: string | number): KnownValues {
    const value = this.isHidden() ? undefined : below(this.value, key);
    return new KnownValues(value, this.isHidden() ? [true] : this.hidden.map((marks) => belowMarks(marks, key)));
  }

  /** True when there is a value that is not to be known. */
  isHidden(): boolean {
    return this.hidden.some((marks) => marks === true);
  }

  text(): string | undefined {
    return !this.isHidden() && typeof this.value === 'string' && this.value !== '' ? this.value : undefined;
  }

  /** Terraform's numbers are never negative where something is counted; others are taken for absent. */
  number(): number | undefined {
    const fits = typeof this.value === 'number' && Number.isFinite(this.value) && this.value >= 0 && this.value < 1e9;
    return !this.isHidden() && fits ? this.value : undefined;
  }

  isTrue(): boolean {
    return !this.isHidden() && this.value === true;
  }

  /** How many items a list has. */
  count(): number | undefined {
    return !this.isHidden() && Array.isArray(this.value) ? this.value.length : undefined;
  }
}

export const valuesBefore = (change: ChangeJson) => new KnownValues(change.before, [change.before_sensitive]);

export const valuesAfter = (change: ChangeJson) =>
  new KnownValues(change.after, [change.after_sensitive, change.after_unknown]);

function below(value: Json | undefined, key: string | number): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function belowMarks(marks: Marks | undefined, key: string | number): Marks | undefined {
  if (typeof marks !== 'object' || marks === null) return marks;
  return Object.hasOwn(marks, key) ? (marks as Record<string | number, Marks>)[key] : undefined;
}
