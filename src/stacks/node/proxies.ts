import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import type { InterfaceItem } from '../../run/artifacts.ts';
import type { Places, RunFile } from '../stack.ts';
import { isErrorClass } from './layout.ts';
import type { ChannelOptions } from './runtime/channel.ts';

const rendered = new Map<string, string>();

/** One of our runtime files as plain JavaScript for the container's node. */
export function runtime(name: string): string {
  let source = rendered.get(name);
  if (source === undefined) {
    const file = new URL(`./runtime/${name}.ts`, import.meta.url);
    source = stripTypeScriptTypes(readFileSync(file, 'utf8')).replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.mjs'");
    rendered.set(name, source);
  }
  return source;
}

/** One of our runtime files for a runner that has a module system of its own and loads CommonJS into it. */
function commonJs(name: string): string {
  const names: string[] = [];
  const body = runtime(name)
    .replace(/^import \{([^}]*)\} from '([^']+)';/gm, (_all, list: string, from: string) => {
      const bound = list.split(',').flatMap((each) => each.trim() || []);
      return `const { ${bound.join(', ')} } = require('${from.replace(/\.mjs$/, '.cjs')}');`;
    })
    .replace(/^export ((?:async )?(?:function|class) (\w+))/gm, (_all, rest: string, exported: string) => {
      names.push(exported);
      return rest;
    });
  return `${body}\nmodule.exports = { ${names.join(', ')} };\n`;
}

/** The driver as one text: the code's user cannot read the gate's directory, so nothing is left to import. */
function driverText(): string {
  const codec = Buffer.from(runtime('codec')).toString('base64');
  return runtime('driver').replace("'./codec.mjs'", `'data:text/javascript;base64,${codec}'`);
}

/**
 * The channel's files under `folder`, and the module `link.mjs` that opens it. `inRunner`: they are loaded by the
 * runner's own module system, into whose realm values must be built (jest), and the module is `link.cjs`.
 */
export function channelFiles(
  folder: string,
  places: Places,
  limits: { callMs: number; startMs: number },
  inRunner: boolean,
): RunFile[] {
  const options: ChannelOptions = {
    courier: `${folder}/courier.mjs`,
    argv: ['node', '--no-warnings', '--input-type=module', '--eval', driverText()],
    cwd: places.work,
    env: { HOME: '/tmp', LANG: 'C.UTF-8', NODE_ENV: 'test', TZ: 'UTC' },
    user: places.codeUser,
    ...limits,
  };
  const ending = inRunner ? 'cjs' : 'mjs';
  const link =
    (inRunner
      ? `const { openChannel } = require('./channel.cjs');\n`
      : `import { openChannel } from './channel.mjs';\n`) +
    `const options = ${JSON.stringify(options)};\n` +
    // The same node, whatever PATH is for the other user.
    `options.argv[0] = process.execPath;\noptions.env.PATH = process.env.PATH;\n` +
    (inRunner
      ? 'module.exports.link = openChannel(options);\n'
      : 'export const link = openChannel(options);\n');
  return [
    { path: `${folder}/link.${ending}`, content: link, mode: 0o600 },
    ...['codec', 'channel'].map((name) => ({
      path: `${folder}/${name}.${ending}`,
      content: inRunner ? commonJs(name) : runtime(name),
      mode: 0o600,
    })),
    // A thread of its own, which no runner loads.
    ...['codec', 'courier'].map((name) => ({
      path: `${folder}/${name}.mjs`,
      content: runtime(name),
      mode: 0o600,
    })),
  ];
}

/**
 * The module a sealed test imports instead of the code under test: the same exports, each of which sends its
 * arguments across. `target` is the absolute path of the real module.
 */
export function proxyModule(
  items: readonly InterfaceItem[],
  options: { target: string; link: string; commonJs: boolean; inRunner: boolean },
): string {
  const name = (item: InterfaceItem) => JSON.stringify(item.name);
  const declarations = items.map((item, index) => {
    if (isErrorClass(item)) return `class e${index} extends Error {}`;
    if (item.kind === 'constant') return `const e${index} = there.constant(${name(item)});`;
    if (item.kind === 'function') return `const e${index} = (...args) => there.call(${name(item)}, args);`;
    const words = `cannot cross: ${item.name} is a class, its tests need mode in-process`;
    const thrower = `throw Object.assign(new Error(${JSON.stringify(words)}), { name: 'CannotCross' });`;
    return `class e${index} { constructor() { ${thrower} } }`;
  });
  const at = [...items.keys()];
  const errors = at.filter((index) => isErrorClass(items[index]!));
  const classes = errors.map((index) => `${name(items[index]!)}: e${index}`).join(', ');
  // Error classes come first: the channel builds what the code throws with them.
  const lines = [
    ...errors.map((index) => declarations[index]!),
    `const there = link(${JSON.stringify(options.target)}, { ${classes} });`,
    ...at.filter((index) => !errors.includes(index)).map((index) => declarations[index]!),
  ];
  const load = `(${JSON.stringify(options.link)})`;
  if (options.commonJs) {
    const whole = items.findIndex((item) => item.name === 'default');
    const exports = items.flatMap((item, index) =>
      index === whole ? [] : [`module.exports.${item.name} = e${index};`],
    );
    return [
      `const { link } = require${load};`,
      ...lines,
      `module.exports = ${whole === -1 ? '{}' : `e${whole}`};`,
      ...exports,
      '',
    ].join('\n');
  }
  const opening = options.inRunner
    ? [`import channel from ${JSON.stringify(options.link)};`, 'const { link } = channel;']
    : [
        `import { createRequire } from 'node:module';`,
        `const { link } = createRequire(${JSON.stringify(options.link)})${load};`,
      ];
  return [
    ...opening,
    ...lines,
    `export { ${items.map((item, index) => `e${index} as ${item.name}`).join(', ')} };`,
    '',
  ].join('\n');
}
