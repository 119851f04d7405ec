/**
 * Values as data: what crosses between the sealed tests and the code under test. An own format in plain JSON
 * instead of v8.serialize, because the judge must never let a foreign deserialiser run on hostile bytes, and because
 * what is not data (functions, class instances) must be named, not silently flattened.
 *
 * Runs in three processes (test, courier, driver), so it imports nothing.
 */
export type Wire = { value: Node; objects: Composite[] };
type Node = string | number | boolean | null | [tag: string, payload?: unknown];
type Composite =
  | { t: 'array'; length: number; entries: [string, Node][] }
  | { t: 'object'; bare: boolean; entries: [string, Node][] }
  | { t: 'map'; entries: [Node, Node][] }
  | { t: 'set'; entries: Node[] }
  | { t: 'date'; time: number | null }
  | { t: 'regexp'; source: string; flags: string; at: number }
  | { t: 'bytes'; kind: string; base64: string }
  | { t: 'boxed'; value: Node }
  | { t: 'url'; href: string }
  | { t: 'error'; chain: string[]; name: string; message: string; stack: string; entries: [string, Node][] };

/** Thrown when something is not data. */
export class CannotCross extends Error {
  constructor(what: string, where: string) {
    super(`cannot cross: ${where} is ${what}, which is not data: these tests need mode in-process`);
    this.name = 'CannotCross';
  }
}

const maxObjects = 100_000;
const byteKinds = [
  'ArrayBuffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
];
const tagOf = (value: object) => Object.prototype.toString.call(value).slice(8, -1);

/** Turns a value into JSON data. Throws CannotCross for functions, class instances, private symbols. */
export function encode(root: unknown, where: string): Wire {
  const objects: Composite[] = [];
  const seen = new Map<object, number>();

  const node = (value: unknown, path: string): Node => {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : ['number', Object.is(value, -0) ? '-0' : `${value}`];
      case 'undefined':
        return ['undefined'];
      case 'bigint':
        return ['bigint', `${value}`];
      case 'symbol': {
        const key = Symbol.keyFor(value);
        if (key === undefined) throw new CannotCross('a symbol', path);
        return ['symbol', key];
      }
      case 'function':
        throw new CannotCross('a function', path);
      default:
        return value === null ? null : reference(value as object, path);
    }
  };

  const reference = (value: object, path: string): Node => {
    const known = seen.get(value);
    if (known !== undefined) return ['ref', known];
    if (objects.length >= maxObjects) throw new CannotCross(`more than ${maxObjects} objects`, path);
    const at = objects.length;
    seen.set(value, at);
    // Keeps the place while the members are encoded: a cycle refers to it.
    objects.push({ t: 'array', length: 0, entries: [] });
    objects[at] = composite(value, path);
    return ['ref', at];
  };

  const entriesOf = (value: object, path: string, skip: readonly string[] = []): [string, Node][] => {
    if (
      Object.getOwnPropertySymbols(value).some((key) =>
        Object.prototype.propertyIsEnumerable.call(value, key),
      )
    ) {
      throw new CannotCross('an object with symbol keys', path);
    }
    return Object.keys(value)
      .filter((key) => !skip.includes(key))
      .map((key) => [key, node((value as Record<string, unknown>)[key], `${path}.${key}`)]);
  };

  const composite = (value: object, path: string): Composite => {
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (Array.isArray(value)) {
      if (prototype !== Array.prototype) throw new CannotCross('an instance of a class', path);
      return { t: 'array', length: value.length, entries: entriesOf(value, path) };
    }
    if (value instanceof Error) return error(value, path);
    if (prototype === null || prototype === Object.prototype) {
      return { t: 'object', bare: prototype === null, entries: entriesOf(value, path) };
    }
    if (value instanceof URL && prototype === URL.prototype) return { t: 'url', href: value.href };
    const tag = tagOf(value);
    const builtin = (globalThis as Record<string, unknown>)[tag] as { prototype?: object } | undefined;
    const isBuffer = tag === 'Uint8Array' && Buffer.isBuffer(value);
    if (!isBuffer && builtin?.prototype !== prototype) throw new CannotCross('an instance of a class', path);
    if (value instanceof Map) {
      const entries = [...value].map(([k, v]): [Node, Node] => [
        node(k, `${path} key`),
        node(v, `${path} value`),
      ]);
      return { t: 'map', entries };
    }
    if (value instanceof Set) return { t: 'set', entries: [...value].map((v) => node(v, `${path} member`)) };
    if (value instanceof Date) {
      const time = value.getTime();
      return { t: 'date', time: Number.isNaN(time) ? null : time };
    }
    if (value instanceof RegExp) {
      return { t: 'regexp', source: value.source, flags: value.flags, at: value.lastIndex };
    }
    if (value instanceof Number || value instanceof String || value instanceof Boolean) {
      return { t: 'boxed', value: node(value.valueOf(), path) };
    }
    if (byteKinds.includes(tag)) {
      const bytes = ArrayBuffer.isView(value)
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
        : Buffer.from(value as ArrayBuffer);
      return { t: 'bytes', kind: isBuffer ? 'Buffer' : tag, base64: bytes.toString('base64') };
    }
    throw new CannotCross(`a ${tag}`, path);
  };

  const error = (value: Error, path: string): Composite => {
    const chain: string[] = [];
    for (
      let at = Object.getPrototypeOf(value);
      at !== null && chain.length < 20;
      at = Object.getPrototypeOf(at)
    ) {
      const name: unknown = at.constructor?.name;
      if (typeof name === 'string') chain.push(name);
    }
    const entries = entriesOf(value, path, ['name', 'message', 'stack']);
    for (const key of ['cause', 'errors'] as const) {
      if (Object.hasOwn(value, key) && !entries.some(([name]) => name === key)) {
        entries.push([key, node((value as unknown as Record<string, unknown>)[key], `${path}.${key}`)]);
      }
    }
    return {
      t: 'error',
      chain,
      name: String(value.name),
      message: String(value.message),
      stack: String(value.stack).slice(0, 8_000),
      entries,
    };
  };

  return { value: node(root, where), objects };
}

/** Error classes by name that `decode` rebuilds besides the built-in ones. */
export type ErrorClasses = Record<string, new (message?: string) => Error>;

const builtinErrors: ErrorClasses = {
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
};

/** Builds the value again from data that may be hostile. Throws when it is not well-formed. */
export function decode(wire: Wire, classes: ErrorClasses = {}): unknown {
  if (wire === null || typeof wire !== 'object' || !Array.isArray(wire.objects)) throw new Error('not data');
  const built = wire.objects.map((composite) => shell(composite, classes));

  const value = (node: Node): unknown => {
    if (!Array.isArray(node)) {
      if (node !== null && typeof node === 'object') throw new Error('not data');
      return node;
    }
    const [tag, payload] = node;
    if (tag === 'undefined') return undefined;
    if (tag === 'number') return payload === '-0' ? -0 : Number(payload);
    if (tag === 'bigint') return BigInt(String(payload));
    if (tag === 'symbol') return Symbol.for(String(payload));
    if (tag === 'ref' && typeof payload === 'number' && payload in built) return built[payload];
    throw new Error('not data');
  };
  // defineProperty, because a plain assignment to `__proto__` would change what the object is.
  const define = (target: unknown, entries: [string, Node][], enumerable = true) => {
    for (const [key, node] of entries) {
      Object.defineProperty(target, String(key), {
        value: value(node),
        writable: true,
        configurable: true,
        enumerable,
      });
    }
  };

  wire.objects.forEach((composite, index) => {
    const target = built[index];
    if (composite.t === 'array' || composite.t === 'object') define(target, composite.entries);
    if (composite.t === 'error') {
      const hidden = composite.entries.filter(([key]) => key === 'cause' || key === 'errors');
      define(target, hidden, false);
      define(
        target,
        composite.entries.filter((entry) => !hidden.includes(entry)),
      );
    }
    if (composite.t === 'map') {
      for (const [k, v] of composite.entries) (target as Map<unknown, unknown>).set(value(k), value(v));
    }
    if (composite.t === 'set') {
      for (const member of composite.entries) (target as Set<unknown>).add(value(member));
    }
  });
  return value(wire.value);
}

/** The empty object of a composite; members follow when every object exists (cycles). */
function shell(composite: Composite, classes: ErrorClasses): unknown {
  switch (composite.t) {
    case 'array': {
      const array: unknown[] = [];
      array.length = Math.min(Number(composite.length), 2 ** 32 - 1);
      return array;
    }
    case 'object':
      return composite.bare ? Object.create(null) : {};
    case 'map':
      return new Map();
    case 'set':
      return new Set();
    case 'date':
      return new Date(composite.time ?? Number.NaN);
    case 'regexp': {
      const pattern = new RegExp(composite.source, composite.flags);
      pattern.lastIndex = Number(composite.at);
      return pattern;
    }
    case 'url':
      return new URL(composite.href);
    case 'boxed':
      if (Array.isArray(composite.value)) return Object(Number(composite.value[1]));
      return Object(composite.value);
    case 'bytes':
      return bytes(composite.kind, Buffer.from(composite.base64, 'base64'));
    case 'error':
      return rebuiltError(composite, classes);
    default:
      throw new Error('not data');
  }
}

function bytes(kind: string, buffer: Buffer): unknown {
  if (kind === 'Buffer') return buffer;
  const copy = new ArrayBuffer(buffer.length);
  new Uint8Array(copy).set(buffer);
  if (kind === 'ArrayBuffer') return copy;
  if (!byteKinds.includes(kind)) throw new Error('not data');
  const View = (globalThis as unknown as Record<string, new (from: ArrayBuffer) => unknown>)[kind];
  if (!View) throw new Error('not data');
  return new View(copy);
}

/** An Error of the nearest class that both sides know, so that `instanceof TypeError` and the like hold. */
function rebuiltError(error: Composite & { t: 'error' }, classes: ErrorClasses): Error {
  const known = error.chain.find(
    (name) => Object.hasOwn(classes, name) || Object.hasOwn(builtinErrors, name),
  );
  const Class = classes[known ?? 'Error'] ?? builtinErrors[known ?? 'Error'] ?? Error;
  const prototype = Class.prototype as Error;
  const rebuilt = new Error(String(error.message));
  Object.setPrototypeOf(rebuilt, prototype);
  if (prototype.name !== error.name) {
    Object.defineProperty(rebuilt, 'name', { value: String(error.name), writable: true, configurable: true });
  }
  Object.defineProperty(rebuilt, 'stack', { value: String(error.stack), writable: true, configurable: true });
  return rebuilt;
}
