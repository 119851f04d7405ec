/**
 * Runs in the process and as the user of the code under test: loads its modules, calls them, sends data back.
 * Given to node as text, because that user cannot read the gate's directory. Nothing here is trusted: whatever the
 * code does to this process, all it can send is values, and the assertions run on the other side.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { decode, encode, type Wire } from './codec.ts';

export type Request =
  | { id: number; do: 'get'; module: string; name: string }
  | { id: number; do: 'call'; module: string; name: string; args: Wire };

export type Answer =
  | { id: number; is: 'value' | 'threw'; wire: Wire }
  | { id: number; is: 'promise' }
  | { id: number; is: 'missing' | 'cannot'; why: string };

const socket = new Socket({ fd: 3, readable: true, writable: true });
const send = (answer: Answer & { settles?: boolean }) => socket.write(`${JSON.stringify(answer)}\n`);

type Loaded = { there: false } | { there: true; module: Promise<Record<string, unknown>> };
const modules = new Map<string, Loaded>();

const endings = ['', '.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '/index.ts', '/index.js'];
const swaps: [RegExp, string][] = [
  [/\.js$/, '.ts'],
  [/\.js$/, '.tsx'],
  [/\.mjs$/, '.mts'],
  [/\.cjs$/, '.cts'],
];

/** The file a bundler would take for this path: TypeScript beside `.js`, missing endings, index files. */
function findFile(path: string): string | undefined {
  const candidates = [
    path,
    ...swaps.filter(([from]) => from.test(path)).map(([from, to]) => path.replace(from, to)),
    ...endings.map((ending) => path + ending),
  ];
  return candidates.find((candidate) => /\.[a-z]+$/.test(candidate) && existsSync(candidate));
}

function stripTypes(source: string): string {
  try {
    return nodeModule.stripTypeScriptTypes(source);
  } catch {
    // Enums and the like change the code; only then are line numbers given up.
    return nodeModule.stripTypeScriptTypes(source, { mode: 'transform' });
  }
}

nodeModule.registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      const parent = context.parentURL;
      if (!/^(\.|\/|file:)/.test(specifier) || !parent?.startsWith('file:')) throw error;
      const found = findFile(fileURLToPath(new URL(specifier, parent)));
      if (!found) throw error;
      return { url: pathToFileURL(found).href, shortCircuit: true };
    }
  },
  load(url, context, next) {
    const match = /^file:.*\.([mc]?)ts$/.exec(url);
    if (!match || url.includes('/node_modules/')) return next(url, context);
    const source = stripTypes(readFileSync(fileURLToPath(url), 'utf8'));
    const isModule = match[1] === 'm' || (match[1] === '' && /^\s*(import|export)\b/m.test(source));
    return { format: isModule ? 'module' : 'commonjs', source, shortCircuit: true };
  },
});

function load(path: string): Loaded {
  let loaded = modules.get(path);
  if (!loaded) {
    const file = findFile(path);
    loaded = file ? { there: true, module: import(pathToFileURL(file).href) } : { there: false };
    if (loaded.there) loaded.module.catch(() => {});
    modules.set(path, loaded);
  }
  return loaded;
}

/** An export by name; CommonJS shows all of `module.exports` as the default export. */
function pick(module: Record<string, unknown>, name: string): { value: unknown } | undefined {
  const whole = module.default as Record<string, unknown> | undefined;
  if (name === 'default') {
    if (whole?.__esModule === true) return { value: whole.default };
    return 'default' in module ? { value: whole } : undefined;
  }
  if (name in module) return { value: module[name] };
  if (whole !== null && (typeof whole === 'object' || typeof whole === 'function') && name in whole) {
    return { value: whole[name] };
  }
  return undefined;
}

function respond(id: number, is: 'value' | 'threw', value: unknown, settles?: boolean): void {
  try {
    send({ id, is, wire: encode(value, is === 'value' ? 'the result' : 'the error'), settles });
  } catch (error) {
    send({ id, is: 'cannot', why: error instanceof Error ? error.message : String(error), settles });
  }
}

async function handle(request: Request): Promise<void> {
  const { id, module: path, name } = request;
  const loaded = load(path);
  if (!loaded.there) return void send({ id, is: 'missing', why: 'the module does not exist' });
  let found: ReturnType<typeof pick>;
  try {
    found = pick(await loaded.module, name);
  } catch (error) {
    return respond(id, 'threw', error);
  }
  if (!found) return void send({ id, is: 'missing', why: `the module has no export "${name}"` });
  if (request.do === 'get') return respond(id, 'value', found.value);
  if (typeof found.value !== 'function') {
    return void send({ id, is: 'missing', why: `the export "${name}" is not a function` });
  }
  let result: unknown;
  try {
    result = found.value(...(decode(request.args) as unknown[]));
  } catch (error) {
    return respond(id, 'threw', error);
  }
  if (
    result === null ||
    typeof result !== 'object' ||
    typeof (result as { then?: unknown }).then !== 'function'
  ) {
    return respond(id, 'value', result);
  }
  send({ id, is: 'promise' });
  Promise.resolve(result).then(
    (value) => respond(id, 'value', value, true),
    (error) => respond(id, 'threw', error, true),
  );
}

createInterface({ input: socket }).on('line', (line) => void handle(JSON.parse(line)));
socket.on('close', () => process.exit(0));
