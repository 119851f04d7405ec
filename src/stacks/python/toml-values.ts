/**
 * The texts and lists of texts of a TOML file by `table.key`. Only as much of TOML as dependencies and test settings
 * are written in; anything else is passed over.
 */
export function tomlValues(source: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  let table = '';
  const lines = source.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!.trim();
    const header = /^\[\[?\s*([\w."'-]+)\s*\]\]?/.exec(line)?.[1];
    if (header !== undefined) {
      table = header.replaceAll(/["']/g, '');
      values.set(table, []);
      continue;
    }
    const pair = /^(["']?)([\w.-]+)\1\s*=\s*(.*)$/.exec(line);
    if (!pair) continue;
    let text = pair[3]!;
    // A list may go on over several lines.
    while (text.startsWith('[') && !closes(text) && at + 1 < lines.length) {
      at += 1;
      text += `\n${lines[at]}`;
    }
    values.set(`${table}.${pair[2]}`, stringsIn(text));
  }
  return values;
}

const string = /"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|#[^\n]*/g;

/** Whether the list that the text starts with ends in it; brackets in strings and comments do not count. */
function closes(text: string): boolean {
  const bare = text.replaceAll(string, '');
  return bare.split('[').length <= bare.split(']').length;
}

function stringsIn(text: string): string[] {
  return [...text.matchAll(string)].flatMap(([, double, single]) => {
    const value = double?.replaceAll(/\\(["\\])/g, '$1') ?? single;
    return value === undefined ? [] : [value];
  });
}
