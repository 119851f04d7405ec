import type { Interface, InterfaceItem } from '../../run/artifacts.ts';
import type { RepoFiles } from '../stack.ts';
import { type Node, withSyntax } from '../syntax.ts';

/**
 * What the interface promises and the base lacks, as code that loads and always raises, so that every in-process test
 * of something new fails by itself on the base, and not together at import.
 */
export async function stubFiles(
  shared: Interface,
  base: RepoFiles,
): Promise<{ path: string; content: string }[]> {
  const files: { path: string; content: string }[] = [];
  for (const [path, items] of Map.groupBy(shared.items, (item) => item.path)) {
    const source = await base.read(path);
    const has = source === undefined ? new Set() : await withSyntax(path, source, namesOf);
    const missing = has && !has.has('*') ? items.filter((item) => !has.has(item.name)) : [];
    if (missing.length === 0) continue;
    const stubs = missing.map(stubOf).join('\n\n');
    files.push({ path, content: source === undefined ? `${stubs}\n` : `${source}\n\n${stubs}\n` });
  }
  return files;
}

function stubOf({ name, kind }: InterfaceItem): string {
  const fail = `raise NotImplementedError(${JSON.stringify(`${name} is not implemented`)})`;
  if (kind === 'constant') return `${name} = None`;
  if (kind === 'class' && /(?:Error|Exception)$/.test(name)) return `class ${name}(Exception):\n    pass\n`;
  if (kind === 'class') return `class ${name}:\n    def __init__(self, *args, **kwargs):\n        ${fail}\n`;
  return `def ${name}(*args, **kwargs):\n    ${fail}\n`;
}

/** Names at the top of a module; `*` when it takes over all of another's. */
function namesOf(root: Node): Set<string> {
  const names = new Set<string>();
  for (const statement of root.namedChildren) {
    const node =
      statement.type === 'decorated_definition' ? statement.childForFieldName('definition') : statement;
    if (node?.type === 'function_definition' || node?.type === 'class_definition') {
      names.add(node.childForFieldName('name')?.text ?? '');
    }
    if (node?.type === 'expression_statement') {
      const left = node.namedChildren[0]?.childForFieldName('left');
      if (left?.type === 'identifier') names.add(left.text);
    }
    if (node?.type === 'import_from_statement' || node?.type === 'import_statement') {
      for (const each of node.namedChildren) {
        if (each.type === 'wildcard_import') names.add('*');
        names.add((each.childForFieldName('alias') ?? each).text);
      }
    }
  }
  return names;
}
