/** Reporter of the repository's own suite under vitest: one line on standard output (see node-test-suite.ts). */
import { readFileSync } from 'node:fs';
import JsonReporter from './vitest-reporter.ts';

const { mark } = JSON.parse(readFileSync(new URL('./suite.json', import.meta.url), 'utf8'));

export default class SuiteReporter extends JsonReporter {
  #written = false;

  override write(text: string): void {
    // Vitest 2 and 3 call both of the reporter's hooks.
    if (this.#written) return;
    this.#written = true;
    process.stdout.write(`\n${mark}${text}\n`);
  }
}
