import { readFileSync } from 'node:fs';
import type { InterfaceItem } from '../../run/artifacts.ts';
import type { Places, RunFile } from '../stack.ts';
import { isErrorClass, type Layout, moduleOf } from './layout.ts';

/** The text of one of our Python files. */
export function runtime(name: string): string {
  return readFileSync(new URL(`./runtime/${name}.py`, import.meta.url), 'utf8');
}

/** A text as a Python literal: JSON's strings are Python's too. */
const literal = (value: unknown) => JSON.stringify(value);

/**
 * What stands in the gate's directory instead of the code under test: a module for every module of the interface, in
 * `<folder>/proxies`, and the channel beside the runner in `folder`.
 */
export function separationFiles(
  folder: string,
  items: readonly InterfaceItem[],
  layout: Layout,
  places: Places,
  limits: { callMs: number; startMs: number },
): RunFile[] {
  const options = {
    // The code's user cannot read the gate's directory, so the driver is handed over as text.
    driver: `${runtime('auto_build_codec')}\n\n${runtime('auto_build_driver')}`,
    paths: importPaths(layout, places),
    cwd: places.work,
    env: { HOME: '/tmp', LANG: 'C.UTF-8', TZ: 'UTC', PYTHONHASHSEED: '0' },
    user: places.codeUser,
    call_ms: limits.callMs,
    start_ms: limits.startMs,
  };
  const link = `${runtime('auto_build_link')}\n\nchannel = open_channel(${literal(literal(options))})\n`;
  const files = new Map([
    ['auto_build_link.py', link],
    ['auto_build_channel.py', runtime('auto_build_channel')],
    ['auto_build_codec.py', runtime('auto_build_codec')],
  ]);
  const modules = Map.groupBy(items, (item) => moduleOf(item.path, layout));
  for (const [module, inModule] of modules) {
    const parts = module.split('.');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const path = `proxies/${parts.slice(0, depth).join('/')}/__init__.py`;
      if (!files.has(path)) files.set(path, '');
    }
    // A package whenever something of the interface lies below it.
    const isPackage = [...modules.keys()].some((other) => other.startsWith(`${module}.`));
    const path = `proxies/${parts.join('/')}${isPackage ? '/__init__' : ''}.py`;
    files.set(path, proxyModule(module, inModule));
  }
  return [...files].map(([path, content]) => ({ path: `${folder}/${path}`, content, mode: 0o600 }));
}

/** Where the code's modules are found, and then those of its dependencies. */
export function importPaths(layout: Layout, places: Places): string[] {
  const roots = layout.roots.map((root) => (root === '' ? places.work : `${places.work}/${root}`));
  return places.modules === null ? roots : [...roots, places.modules];
}

/** The module that a sealed test imports: the same names, each of which sends its arguments across. */
function proxyModule(module: string, items: readonly InterfaceItem[]): string {
  const errors = items.filter(isErrorClass);
  const at = literal(module);
  return [
    'from auto_build_link import channel as _channel, classes as _classes, error_base as _base, no_class as _no_class',
    // Error classes come first: what the code throws is built with them.
    ...errors.flatMap((item) => [
      '',
      '',
      `class ${item.name}(_base(${literal(baseOf(item))})):`,
      '    pass',
      '',
      '',
      `_classes[${literal(item.name)}] = ${item.name}`,
    ]),
    ...items
      .filter((item) => !errors.includes(item))
      .flatMap((item) => {
        const name = literal(item.name);
        if (item.kind === 'constant') return [`${item.name} = _channel.constant(${at}, ${name}, _classes)`];
        if (item.kind === 'class') return [`${item.name} = _no_class(${name})`];
        return [
          '',
          '',
          `def ${item.name}(*args, **kwargs):`,
          `    return _channel.call(${at}, ${name}, args, kwargs, _classes)`,
        ];
      }),
    '',
  ].join('\n');
}

/** `LeapError(ValueError)`, `class LeapError(leap.Base)` */
function baseOf(item: InterfaceItem): string {
  return /\(\s*(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)\s*[,)]/.exec(item.signature)?.[1] ?? 'Exception';
}
