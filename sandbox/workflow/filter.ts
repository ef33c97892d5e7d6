/**
 * GitHub's filter patterns for branches, tags and paths: `*` any characters but `/`, `**` any, `?` and `+` repeat what stands before,
 * `[]` one of, `!` at the start takes back what matched before.
 */
export function matchesFilters(value: string, patterns: readonly string[]): boolean {
  let matched = false;
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) matched = matched && !expressionOf(pattern.slice(1)).test(value);
    else matched = matched || expressionOf(pattern).test(value);
  }
  return matched;
}

function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*\*|\*|\[[^\]]*\]|\\.|[.^$(){}|]/g, (found) => {
    if (found === '**/') return '(?:.*/)?';
    if (found === '**') return '.*';
    if (found === '*') return '[^/]*';
    return found.startsWith('[') || found.startsWith('\\') ? found : `\\${found}`;
  });
  return new RegExp(`^${source}$`);
}
