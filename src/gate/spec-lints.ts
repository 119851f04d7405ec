import type { Contracts, FrozenIssue, Interface, Plan, SpecFinding } from '../run/artifacts.ts';
import { sharedShingles } from './shingles.ts';

/**
 * What a program can say about a spec before a reviewer is paid for it. A literal that a contract expects must stand
 * in the issue or the interface: a builder that never sees the contracts could not meet it otherwise.
 */
export function lintSpec(spec: {
  issue: FrozenIssue;
  shared: Interface;
  contracts: Contracts;
  plan: Plan;
}): SpecFinding[] {
  const { issue, shared, contracts } = spec;
  const findings: SpecFinding[] = [];
  const seen = new Set<string>();
  const known = [issue.title, issue.body, ...shared.literals, ...shared.items.map((item) => item.signature)]
    .join('\n')
    .toLowerCase();
  for (const contract of contracts.contracts) {
    if (seen.has(contract.id)) {
      findings.push({
        about: 'specificity',
        contract: contract.id,
        problem: `Two contracts have the id ${contract.id}.`,
        suggestion: 'Number the contracts C1, C2, … without repeating.',
      });
    }
    seen.add(contract.id);
    const expected = [contract.then, ...contract.examples.map((example) => example.output)].join('\n');
    for (const literal of literalsIn(expected)) {
      if (known.includes(literal.toLowerCase())) continue;
      findings.push({
        about: 'unknown-literal',
        contract: contract.id,
        problem: `${contract.id} expects “${literal}”, which stands neither in the issue nor in the interface.`,
        suggestion: 'Add it to the literals of the interface, or expect something that the issue determines.',
      });
    }
  }
  findings.push(...leaksThrough(spec));
  if (!contracts.contracts.some((contract) => contract.kind === 'new')) {
    findings.push({
      about: 'trivial-satisfaction',
      problem: 'No contract is `new`: nothing would have to change for all of them to hold.',
      suggestion: 'Say what is different once the issue is done.',
    });
  }
  return findings;
}

/** Longer than any message that a program should say; what is in the interface is exempt when leaks are looked for. */
const literalWords = 20;

/** The interface is shown to the builder: whoever writes a contract there shows the builder the contract. */
function leaksThrough({ issue, shared, contracts, plan }: Parameters<typeof lintSpec>[0]): SpecFinding[] {
  const secrets = contracts.contracts.map(proseOf);
  const tells = (text: string, exempt: string[]) => sharedShingles({ text, secrets, exempt })[0];
  const asked = [issue.title, issue.body];
  const findings: SpecFinding[] = [];
  const find = (problem: string, suggestion: string) =>
    findings.push({ about: 'implementation-leakage', problem, suggestion });
  for (const literal of shared.literals) {
    if (literal.trim().split(/\s+/).length > literalWords) {
      find(
        `The literal “${literal.slice(0, 80)}…” of the interface is longer than ${literalWords} words.`,
        'A literal is one message, name, key or code; behaviour belongs into a contract.',
      );
    }
  }
  const parts = [
    ...shared.literals.map((text) => ['a literal of the interface', text] as const),
    ...shared.items.map((item) => [`the signature of ${item.name}`, item.signature] as const),
  ];
  for (const [where, text] of parts) {
    const words = tells(text, asked);
    if (words === undefined) continue;
    find(
      `“${words}” stands in ${where} and in a contract: the builder must not read contracts.`,
      'Keep in the interface what both sides must agree on to meet. In the contract, put an exact message in quotation marks.',
    );
  }
  const known = [...asked, ...parts.map(([, text]) => text)];
  const words = tells(
    [plan.summary, ...plan.tasks.flatMap((task) => [task.title, task.detail])].join('\n'),
    known,
  );
  if (words !== undefined) {
    find(
      `“${words}” stands in the plan and in a contract: the builder must not read contracts.`,
      'Say in the plan how it is built, in other words than what must hold afterwards.',
    );
  }
  return findings;
}

/** A contract without what stands in quotation marks: those are the literals, which both sides may know. */
function proseOf({ title, given, when, then: expected, edgeCases }: Contracts['contracts'][number]): string {
  const quoted = /[“"`][^“”"`\n]{1,500}[”"`]/g;
  return [title, given, when, expected, ...edgeCases].map((text) => text.replaceAll(quoted, ' ')).join('\n');
}

/** Error classes, and quoted texts of two words or more: what an implementation must reproduce to the letter. */
function literalsIn(text: string): string[] {
  const classes = text.match(/\b[A-Z][A-Za-z]{0,60}Error\b/g) ?? [];
  const quoted = [...text.matchAll(/[“"]([^“”"\n]{3,200})[”"]/g)].map((match) => match[1]!.trim());
  return [...new Set([...classes, ...quoted.filter((each) => /\S\s+\S/.test(each))])];
}
