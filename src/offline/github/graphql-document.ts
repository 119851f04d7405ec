/** Reads the part of GraphQL that clients of GitHub write by hand: one operation, inline fragments, no directives. */

export interface Field {
  /** The alias, or the name. */
  readonly key: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly selections: readonly Field[];
}

export interface Document {
  readonly operation: 'query' | 'mutation';
  readonly selections: readonly Field[];
}

export class SyntaxProblem extends Error {}

const token =
  /[\s,]+|#[^\n]*|([_A-Za-z]\w*|-?\d+(?:\.\d+)?|"(?:[^"\\\n]|\\.)*"|\.\.\.|[!$():=@[\]{}|])|(.)/gy;

/** Throws SyntaxProblem. */
export function parseDocument(text: string, variables: Readonly<Record<string, unknown>>): Document {
  return new Parser(text, variables).document();
}

class Parser {
  readonly #tokens: string[];
  readonly #variables: Readonly<Record<string, unknown>>;
  #at = 0;

  constructor(text: string, variables: Readonly<Record<string, unknown>>) {
    this.#tokens = [...text.matchAll(token)].flatMap(([, known, unknown]) => {
      if (unknown !== undefined)
        throw new SyntaxProblem(`Expected NAME, actual: UNKNOWN_CHAR ("${unknown}")`);
      return known ?? [];
    });
    this.#variables = variables;
  }

  document(): Document {
    const operation = this.#next();
    if (operation === '{') {
      this.#at -= 1;
      return { operation: 'query', selections: this.#selections() };
    }
    if (operation !== 'mutation' && operation !== 'query') throw this.#unexpected(operation);
    if (/^\w/.test(this.#peek())) this.#next();
    if (this.#peek() === '(') this.#skipVariables();
    const selections = this.#selections();
    if (this.#at < this.#tokens.length) throw this.#unexpected(this.#peek());
    return { operation, selections };
  }

  /** Types are not compared: the inputs are, where they are used. */
  #skipVariables(): void {
    this.#expect('(');
    while (this.#next() !== ')');
  }

  #selections(): Field[] {
    this.#expect('{');
    const fields: Field[] = [];
    while (this.#peek() !== '}') {
      if (this.#peek() === '...') fields.push(...this.#inlineFragment());
      else fields.push(this.#field());
    }
    this.#next();
    return fields;
  }

  /** What it is asked of has one type here: the condition is read and nothing more. */
  #inlineFragment(): Field[] {
    this.#expect('...');
    this.#expect('on');
    this.#name();
    return this.#selections();
  }

  #field(): Field {
    let name = this.#name();
    const key = name;
    if (this.#peek() === ':') {
      this.#next();
      name = this.#name();
    }
    const args = this.#peek() === '(' ? this.#pairs('(', ')') : {};
    const selections = this.#peek() === '{' ? this.#selections() : [];
    return { key, name, args, selections };
  }

  #pairs(open: string, close: string): Record<string, unknown> {
    this.#expect(open);
    const pairs: [string, unknown][] = [];
    while (this.#peek() !== close) {
      const name = this.#name();
      this.#expect(':');
      pairs.push([name, this.#value()]);
    }
    this.#next();
    return Object.fromEntries(pairs);
  }

  #value(): unknown {
    const first = this.#peek();
    if (first === '{') return this.#pairs('{', '}');
    this.#next();
    if (first === '$') return this.#variables[this.#name()];
    if (first === '[') {
      const items: unknown[] = [];
      while (this.#peek() !== ']') items.push(this.#value());
      this.#next();
      return items;
    }
    if (first.startsWith('"') || /^-?\d/.test(first)) return JSON.parse(first) as unknown;
    if (first === 'true' || first === 'false') return first === 'true';
    if (first === 'null') return null;
    if (/^\w/.test(first)) return first;
    throw this.#unexpected(first);
  }

  #name(): string {
    const name = this.#next();
    if (!/^[_A-Za-z]/.test(name)) throw this.#unexpected(name);
    return name;
  }

  #expect(wanted: string): void {
    const found = this.#next();
    if (found !== wanted) throw this.#unexpected(found);
  }

  #peek(): string {
    const found = this.#tokens[this.#at];
    if (found === undefined) throw new SyntaxProblem('Unexpected end of document');
    return found;
  }

  #next(): string {
    const found = this.#peek();
    this.#at += 1;
    return found;
  }

  #unexpected(found: string): SyntaxProblem {
    return new SyntaxProblem(`Parse error on "${found}"`);
  }
}
