import type { Interface, InterfaceItem } from '../../run/artifacts.ts';
import type { RepoFiles } from '../stack.ts';
import { type Node, nodesOf, withSyntax } from '../syntax.ts';
import { isCommonJs, type Layout } from './layout.ts';

/**
 * What the interface promises and the base lacks, as code that loads and always throws, so that every in-process
 * test of something new fails by itself on the base, and not together at import.
 */
export async function stubFiles(
  shared: Interface,
  base: RepoFiles,
  layout: Layout,
): Promise<{ path: string; content: string }[]> {
  const files: { path: string; content: string }[] = [];
  for (const path of new Set(shared.items.map((item) => item.path))) {
    const source = await base.read(path);
    const has = source === undefined ? new Set<string>() : await withSyntax(path, source, exportsOf);
    const usesRequire = source !== undefined && /\b(?:module\.)?exports\b/.test(source);
    const commonJs = isCommonJs(
      path,
      layout,
      usesRequire || (source === undefined && layout.modules === 'commonjs'),
    );
    const missing = shared.items.filter(
      (item) => item.path === path && has && !has.has(item.name) && !has.has('*'),
    );
    if (missing.length === 0) continue;
    const stubs = missing.map((item) => stubOf(item, commonJs)).join('\n');
    files.push({ path, content: source === undefined ? `${stubs}\n` : `${source}\n${stubs}\n` });
  }
  return files;
}

function stubOf(item: InterfaceItem, commonJs: boolean): string {
  const words = JSON.stringify(`${item.name} is not implemented`);
  const fail = `{ throw Object.assign(new Error(${words}), { name: 'NotImplementedError' }); }`;
  const value =
    item.kind === 'constant'
      ? 'undefined'
      : item.kind === 'class'
        ? `class { constructor() ${fail} }`
        : `function () ${fail}`;
  if (item.name === 'default') return commonJs ? `module.exports = ${value};` : `export default ${value};`;
  return commonJs ? `module.exports.${item.name} = ${value};` : `export const ${item.name} = ${value};`;
}

/** Names a module exports; `*` when it passes on all of another module. */
function exportsOf(root: Node): Set<string> {
  const names = new Set<string>();
  for (const node of nodesOf(root)) {
    if (node.type === 'export_statement') {
      if (/^export\s*\*\s*from/.test(node.text)) names.add('*');
      if (/^export\s+default\b/.test(node.text)) names.add('default');
      const declaration = node.childForFieldName('declaration');
      const declared = declaration?.childForFieldName('name');
      if (declared) names.add(declared.text);
      for (const inner of declaration?.namedChildren ?? []) {
        if (inner.type === 'variable_declarator') names.add(inner.childForFieldName('name')?.text ?? '');
      }
      for (const specifier of node.descendantsOfType('export_specifier')) {
        const name = specifier?.childForFieldName('alias') ?? specifier?.childForFieldName('name');
        if (name) names.add(name.text);
      }
    }
    if (node.type !== 'assignment_expression') continue;
    const left = node.childForFieldName('left')?.text ?? '';
    const member = /^(?:module\.)?exports\.([\w$]+)$/.exec(left)?.[1];
    if (member) names.add(member);
    if (left !== 'module.exports') continue;
    names.add('default');
    for (const pair of node.childForFieldName('right')?.namedChildren ?? []) {
      names.add(pair.childForFieldName('key')?.text ?? pair.text);
    }
  }
  return names;
}
