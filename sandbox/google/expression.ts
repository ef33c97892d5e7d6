/**
 * The part of the Common Expression Language that attribute conditions, attribute mappings and IAM conditions are written
 * in here: names with dots, strings, booleans, lists, `== != in && || ! ?:`, parentheses, `has()`, `+` and the string
 * functions below; and of IAM's own, `api.getAttribute(name, default)` and `hasOnly` of a list. What is outside of it is a
 * syntax error, never true.
 */
export type Value = string | boolean | number | null | readonly Value[] | { readonly [name: string]: Value };
export type Variables = Readonly<Record<string, Value>>;

type Evaluate = (variables: Variables) => Value;

/** Compiles once; the result throws when a name is absent, as CEL does. Throws SyntaxError when the source cannot be read. */
export function compile(source: string): Evaluate {
  const parser = new Parser(tokenize(source), source);
  const evaluate = parser.conditional();
  parser.end();
  return evaluate;
}

/** True only when the expression is the boolean true; an expression that fails to evaluate (an absent claim) is not. */
export function holds(source: string, variables: Variables): boolean {
  try {
    return compile(source)(variables) === true;
  } catch (error) {
    if (error instanceof EvaluationError) return false;
    throw error;
  }
}

export class EvaluationError extends Error {}

interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'sign' | 'end';
  readonly text: string;
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const pattern =
    /\s*(?:(?<name>[A-Za-z_]\w*)|(?<number>\d+)|(?<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<sign>==|!=|&&|\|\||[!().,[\]?:+]))/y;
  let position = 0;
  while (source.slice(position).trim() !== '') {
    pattern.lastIndex = position;
    const groups = pattern.exec(source)?.groups;
    if (!groups) throw new SyntaxError(`cannot read the expression at character ${position + 1}: ${source}`);
    position = pattern.lastIndex;
    if (groups['name'] !== undefined) tokens.push({ kind: 'name', text: groups['name'] });
    else if (groups['number'] !== undefined) tokens.push({ kind: 'number', text: groups['number'] });
    else if (groups['string'] !== undefined)
      tokens.push({ kind: 'string', text: groups['string'].slice(1, -1).replace(/\\(.)/g, '$1') });
    else tokens.push({ kind: 'sign', text: groups['sign'] ?? '' });
  }
  tokens.push({ kind: 'end', text: 'the end' });
  return tokens;
}

class Parser {
  private readonly tokens: readonly Token[];
  private readonly source: string;
  private index = 0;

  constructor(tokens: readonly Token[], source: string) {
    this.tokens = tokens;
    this.source = source;
  }

  conditional(): Evaluate {
    const condition = this.or();
    if (!this.take('?')) return condition;
    const yes = this.conditional();
    this.expect(':');
    const no = this.conditional();
    return (variables) => (truth(condition(variables)) ? yes(variables) : no(variables));
  }

  end(): void {
    if (this.peek().kind !== 'end') throw this.unexpected();
  }

  private or(): Evaluate {
    let left = this.and();
    while (this.take('||')) {
      const [a, b] = [left, this.and()];
      left = (variables) => truth(a(variables)) || truth(b(variables));
    }
    return left;
  }

  private and(): Evaluate {
    let left = this.comparison();
    while (this.take('&&')) {
      const [a, b] = [left, this.comparison()];
      left = (variables) => truth(a(variables)) && truth(b(variables));
    }
    return left;
  }

  private comparison(): Evaluate {
    const left = this.sum();
    if (this.take('==')) {
      const right = this.sum();
      return (variables) => same(left(variables), right(variables));
    }
    if (this.take('!=')) {
      const right = this.sum();
      return (variables) => !same(left(variables), right(variables));
    }
    if (this.peek().kind === 'name' && this.peek().text === 'in') {
      this.index += 1;
      const right = this.sum();
      return (variables) => {
        const list = right(variables);
        if (!Array.isArray(list)) throw new EvaluationError("no such overload: 'in' needs a list");
        const value = left(variables);
        return list.some((item) => same(item as Value, value));
      };
    }
    return left;
  }

  private sum(): Evaluate {
    let left = this.unary();
    while (this.take('+')) {
      const [a, b] = [left, this.unary()];
      left = (variables) => text(a(variables)) + text(b(variables));
    }
    return left;
  }

  private unary(): Evaluate {
    if (!this.take('!')) return this.member();
    const operand = this.unary();
    return (variables) => !truth(operand(variables));
  }

  private member(): Evaluate {
    let value = this.primary();
    for (;;) {
      if (this.take('.')) {
        const name = this.next('name').text;
        const of = value;
        if (this.take('(')) {
          if (name === 'getAttribute' || name === 'hasOnly') {
            const args = this.list(')');
            const call = name === 'hasOnly' ? hasOnly : getAttribute;
            value = (variables) =>
              call(
                of(variables),
                args.map((argument) => argument(variables)),
              );
            continue;
          }
          const call = stringFunctions[name];
          if (!call) throw new SyntaxError(`unknown function ${name} in: ${this.source}`);
          const args = this.list(')');
          value = (variables) => call(text(of(variables)), ...args.map((argument) => text(argument(variables))));
        } else value = (variables) => field(of(variables), name);
      } else if (this.take('[')) {
        const of = value;
        const key = this.conditional();
        this.expect(']');
        value = (variables) => field(of(variables), text(key(variables)));
      } else return value;
    }
  }

  private primary(): Evaluate {
    if (this.take('(')) {
      const inner = this.conditional();
      this.expect(')');
      return inner;
    }
    if (this.take('[')) {
      const items = this.list(']');
      return (variables) => items.map((item) => item(variables));
    }
    const token = this.peek();
    this.index += 1;
    if (token.kind === 'string') return () => token.text;
    if (token.kind === 'number') return () => Number(token.text);
    if (token.kind !== 'name') {
      this.index -= 1;
      throw this.unexpected();
    }
    if (token.text === 'true' || token.text === 'false') return () => token.text === 'true';
    if (token.text === 'has' && this.take('(')) {
      const inner = this.member();
      this.expect(')');
      return (variables) => {
        try {
          inner(variables);
          return true;
        } catch {
          return false;
        }
      };
    }
    return (variables) => field(variables, token.text);
  }

  private list(close: string): Evaluate[] {
    const items: Evaluate[] = [];
    if (this.take(close)) return items;
    do items.push(this.conditional());
    while (this.take(','));
    this.expect(close);
    return items;
  }

  private peek(): Token {
    return this.tokens[this.index] ?? { kind: 'end', text: 'the end' };
  }

  private take(sign: string): boolean {
    if (this.peek().kind !== 'sign' || this.peek().text !== sign) return false;
    this.index += 1;
    return true;
  }

  private expect(sign: string): void {
    if (!this.take(sign)) throw this.unexpected();
  }

  private next(kind: Token['kind']): Token {
    const token = this.peek();
    if (token.kind !== kind) throw this.unexpected();
    this.index += 1;
    return token;
  }

  private unexpected(): SyntaxError {
    return new SyntaxError(`unexpected ${this.peek().text} in: ${this.source}`);
  }
}

const stringFunctions: Readonly<Record<string, (subject: string, ...args: string[]) => Value>> = {
  startsWith: (subject, prefix = '') => subject.startsWith(prefix),
  endsWith: (subject, suffix = '') => subject.endsWith(suffix),
  contains: (subject, part = '') => subject.includes(part),
  /** IAM's own: gives what stands in the place of `{name}`, and an empty string where the template does not match. */
  extract: (subject, template = '') => {
    const [before = '', after = ''] = template.split(/\{\w+\}/);
    const start = subject.indexOf(before);
    if (start < 0) return '';
    const rest = subject.slice(start + before.length);
    if (after === '') return rest;
    const end = rest.indexOf(after);
    return end < 0 ? '' : rest.slice(0, end);
  },
};

/** An attribute of the request; where the request has none of that name, the second argument. */
function getAttribute(attributes: Value, [name, otherwise]: readonly Value[]): Value {
  if (typeof name !== 'string' || otherwise === undefined)
    throw new EvaluationError('no such overload: getAttribute needs a name and a default');
  const given = attributes !== null && typeof attributes === 'object' && !Array.isArray(attributes);
  return given && Object.hasOwn(attributes, name) ? ((attributes as Variables)[name] ?? otherwise) : otherwise;
}

/** Whether the list has no other items than these. */
function hasOnly(subject: Value, [allowed]: readonly Value[]): Value {
  if (!Array.isArray(subject) || !Array.isArray(allowed))
    throw new EvaluationError('no such overload: hasOnly needs lists');
  return subject.every((item) => allowed.some((other) => same(item as Value, other as Value)));
}

function field(value: Value | Variables, name: string): Value {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    const found = (value as Variables)[name];
    if (Object.hasOwn(value, name) && found !== undefined) return found;
  }
  throw new EvaluationError(`no such key: ${name}`);
}

function truth(value: Value): boolean {
  if (typeof value !== 'boolean') throw new EvaluationError('no such overload: a boolean is needed');
  return value;
}

function text(value: Value): string {
  if (typeof value !== 'string') throw new EvaluationError('no such overload: a string is needed');
  return value;
}

function same(a: Value, b: Value): boolean {
  if (typeof a !== typeof b) throw new EvaluationError('no such overload: values of two types compared');
  return a === b;
}
