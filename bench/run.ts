import { intake } from './intake.ts';
import { overhead } from './overhead.ts';
import { soak } from './soak.ts';

const benches: Record<string, (args: string[]) => Promise<void>> = { intake, overhead, soak };

const [name = '', ...args] = process.argv.slice(2);
const bench = benches[name];
if (bench) await bench(args);
else {
  process.stderr.write(
    `Usage: npm run bench -- <name> [options]; names: ${Object.keys(benches).join(', ')}\n`,
  );
  process.exitCode = 1;
}
