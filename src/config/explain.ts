import { type ConfigSources, effectiveConfig } from './effective.ts';
import { repoConfigFile } from './repo-settings.ts';

/** What holds for a repository and where each value comes from, as lines for a terminal; `mistakes`: it would not start. */
export function explainConfig(sources: ConfigSources): { text: string; mistakes: boolean } {
  const config = effectiveConfig(sources);
  if ('errors' in config) {
    const words = config.errors.map((error) => error.words).join('\n');
    return { text: `${words}\nRuns are refused in preflight until this is mended.`, mistakes: true };
  }
  const rows = config.settings.map(({ name, value, from }) => ({
    name,
    value: shown(value),
    from: from.join(', '),
  }));
  const widest = (key: 'name' | 'value') => Math.max(...rows.map((row) => row[key].length));
  const [name, value] = [widest('name'), Math.min(40, widest('value'))];
  const lines = rows.map((row) => `${row.name.padEnd(name)}  ${row.value.padEnd(value)}  ${row.from}`);
  const { repository, organisation } = sources;
  const read = [
    repository === undefined ? `There is no ${repoConfigFile}.` : `Read ${repoConfigFile}.`,
    organisation ? `Read ${organisation.name}.` : 'There are no defaults of an organisation.',
  ];
  return { text: [...read, '', ...lines].join('\n'), mistakes: false };
}

function shown(value: string | number | boolean | readonly string[]): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}
