/** Hides secrets in what is written down, as GitHub's runner does: each line of a secret by itself, longest first. */
export class Mask {
  readonly #values = new Set<string>();
  #sorted: string[] = [];

  add(secret: string): void {
    for (const line of secret.split(/\r?\n/)) if (line.trim() !== '') this.#values.add(line);
    this.#sorted = [...this.#values].sort((one, other) => other.length - one.length);
  }

  hide(text: string): string {
    let result = text;
    for (const value of this.#sorted) result = result.replaceAll(value, '***');
    return result;
  }

  covers(text: string): boolean {
    return this.#sorted.some((value) => text.includes(value));
  }
}
