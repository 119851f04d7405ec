import type { RepoFiles } from '../stack.ts';
import { tomlValues } from './toml-values.ts';

/** What a repository says it needs, as far as it may be installed. */
export interface Requirements {
  /** Where they were found, e.g. `requirements.txt`. */
  from: string[];
  /** `name[extras] versions ; marker` with its hashes; nothing else ever reaches pip. */
  lines: string[];
  /** Lower case, `_` as `-`. */
  names: Set<string>;
  /** Every line names one version. */
  pinned: boolean;
  /** Every line has a hash. */
  hashed: boolean;
  /** Lines that pip would have run code for, or gone elsewhere with: options, addresses, paths. */
  leftOut: string[];
}

const requirementFile =
  /^(?:requirements\/)?(?:(?:dev|test|tests|testing|base|main)[-_])?(?:requirements(?:[-_.](?:dev|test|tests|testing))?|dev|test|tests|testing|base|main)\.txt$/;
const groups = /^(?:dev|develop|development|test|tests|testing|lint|types|typing)$/;
const requirement =
  /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(\[[\w\s,.-]*\])?\s*(\(?(?:\s*(?:[<>=!~]=?=?)\s*[\w.*+!-]+\s*,?)*\)?)\s*(;[\w\s.'"<>=!(),~]+?)?((?:\s+--hash=sha(?:256|384|512):[0-9a-f]+)*)$/;

/**
 * Reads requirement files, pyproject.toml and setup.cfg. Lines are taken apart and written anew, because a requirement
 * file may hold options, addresses and paths with which pip runs code although wheels only are asked for.
 */
export async function readRequirements(files: RepoFiles): Promise<Requirements> {
  const found = { from: [] as string[], raw: [] as string[] };
  const paths = files.list();
  const add = (from: string, raw: readonly string[]) => {
    if (raw.length === 0) return;
    found.from.push(from);
    found.raw.push(...raw);
  };
  for (const path of paths.filter((each) => requirementFile.test(each)).toSorted()) {
    // `requirements/` is a folder of them, `test.txt` at the root is anything.
    if (!/requirements/.test(path)) continue;
    add(path, linesOf((await files.read(path)) ?? ''));
  }
  const project = tomlValues((await files.read('pyproject.toml')) ?? '');
  for (const [key, raw] of project) {
    const group = /^(?:project\.optional-dependencies|dependency-groups)\.(.+)$/.exec(key)?.[1];
    if (key === 'project.dependencies' || (group !== undefined && groups.test(group)))
      add('pyproject.toml', raw);
  }
  add('setup.cfg', installRequires((await files.read('setup.cfg')) ?? ''));

  const taken: { name: string; line: string; pinned: boolean; hashed: boolean }[] = [];
  const leftOut: string[] = [];
  for (const raw of new Set(found.raw)) {
    const [, name, extras = '', versions = '', marker = '', hashes = ''] = requirement.exec(raw) ?? [];
    // `-r other.txt`: the other file is read in its own right.
    if (name === undefined) {
      if (!/^-(?:r|c|-requirement|-constraint)\b/.test(raw)) leftOut.push(raw.slice(0, 100));
      continue;
    }
    const line = `${name}${extras.replaceAll(/\s/g, '')}${versions.replaceAll(/[\s()]/g, '')}${marker && ` ${marker}`}`;
    taken.push({
      name: name.toLowerCase().replaceAll(/[-_.]+/g, '-'),
      line: `${line}${hashes.replaceAll(/\s+/g, ' ')}`,
      pinned: /^\s*===?\s*[\w.+!-]+\s*$/.test(versions),
      hashed: hashes !== '',
    });
  }
  const hashed = taken.length > 0 && taken.every((each) => each.hashed);
  return {
    from: [...new Set(found.from)],
    // One hash among lines without would make pip refuse the others.
    lines: taken.map(({ line }) => (hashed ? line : line.replaceAll(/ --hash=\S+/g, ''))),
    names: new Set(taken.map(({ name }) => name)),
    pinned: taken.length > 0 && taken.every((each) => each.pinned),
    hashed,
    leftOut,
  };
}

function linesOf(text: string): string[] {
  return text
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** The lines of `install_requires` in a setup.cfg. */
function installRequires(text: string): string[] {
  const block = /^install_requires\s*=(.*(?:\r?\n[ \t]+.*)*)/m.exec(text)?.[1] ?? '';
  return linesOf(block);
}
