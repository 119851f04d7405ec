import type { Contracts, FrozenIssue, Interface, Plan, SpecFinding } from '../run/artifacts.ts';

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
  if (!contracts.contracts.some((contract) => contract.kind === 'new')) {
    findings.push({
      about: 'trivial-satisfaction',
      problem: 'No contract is `new`: nothing would have to change for all of them to hold.',
      suggestion: 'Say what is different once the issue is done.',
    });
  }
  return findings;
}

/** Error classes, and quoted texts of two words or more: what an implementation must reproduce to the letter. */
function literalsIn(text: string): string[] {
  const classes = text.match(/\b[A-Z][A-Za-z]{0,60}Error\b/g) ?? [];
  const quoted = [...text.matchAll(/[“"]([^“”"\n]{3,200})[”"]/g)].map((match) => match[1]!.trim());
  return [...new Set([...classes, ...quoted.filter((each) => /\S\s+\S/.test(each))])];
}
