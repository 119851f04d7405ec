export interface Match<Operation> {
  /** Lower case. */
  readonly method: string;
  readonly template: string;
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
}

interface Row<Operation> {
  readonly template: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  /** Sorts static segments before parameters, and those before parameters that may hold slashes. */
  readonly rank: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

interface WithParameters {
  readonly parameters?: readonly unknown[];
}

/** Finds the path template of a request. */
export class PathTable<Operation extends WithParameters> {
  readonly #rows: readonly Row<Operation>[];

  constructor(paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>) {
    this.#rows = Object.entries(paths)
      // A second spelling of compare, `{base}...{head}`, names the same URLs as `{basehead}`.
      .filter(([template]) => !template.includes('...'))
      .map(([template, operations]) => row(template, operations))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  }

  match(method: string, path: string): Match<Operation> | undefined {
    const verb = method.toLowerCase();
    for (const { template, pattern, names, operations } of this.#rows) {
      const operation = operations[verb];
      const found = operation && pattern.exec(path);
      if (!operation || !found) continue;
      const values = found.slice(1).map(decodeSegment);
      const params = Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
      return { method: verb, template, operation, params };
    }
    return undefined;
  }
}

/** Parameters of these names end a path and hold slashes, as the description marks by `x-multi-segment`. */
const multiSegment = new Set(['path', 'ref', 'basehead', 'branch', 'dir']);

function row<Operation>(template: string, operations: Readonly<Record<string, Operation>>): Row<Operation> {
  const names: string[] = [];
  let rank = '';
  const segments = template.split('/').map((segment, index, all) => {
    const name = /^\{(.+)\}$/.exec(segment)?.[1];
    if (name === undefined) {
      rank += '0';
      return segment.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');
    }
    names.push(name);
    const multi = index === all.length - 1 && multiSegment.has(name);
    rank += multi ? '2' : '1';
    return multi ? '(.*)' : '([^/]+)';
  });
  // The root folder is asked for by the path without its last segment.
  const source = segments
    .join('/')
    .replace(template.endsWith('/contents/{path}') ? /\/\(\.\*\)$/ : /$^/, '(?:/(.*))?');
  return { template, pattern: new RegExp(`^${source}$`), names, rank, operations };
}

function decodeSegment(text: string | undefined): string {
  if (text === undefined) return '';
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
