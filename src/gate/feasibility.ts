/**
 * Is this a task for automation? Decided by program from the words of the issue and the shape of the repository, so
 * that it costs nothing and the same issue always gets the same answer. Above 70 is built.
 */
export const feasibleAbove = 70;

export const factorNames = ['complexity', 'scope', 'stack', 'clarity'] as const;
export type FactorName = (typeof factorNames)[number];

export interface Feasibility {
  /** 0 to 100. */
  score: number;
  feasible: boolean;
  factors: { name: FactorName; score: number; words: string }[];
  /** What the score rests on, most important first. */
  reasons: string[];
  /** What would raise it, as advice to the author. */
  raise: string[];
}

export interface FeasibilityInput {
  title: string;
  body: string;
  repository: {
    paths: readonly string[];
    /** In words, e.g. "Node.js with npm"; null: none that we know. */
    stack: string | null;
    hasTests: boolean;
  };
  /** What became of runs for similar issues of the same repository. */
  earlier: readonly { issue: number; succeeded: boolean }[];
}

interface Factor {
  score: number;
  words: string;
  raise: string[];
}

const weights: Record<FactorName, number> = { complexity: 0.25, scope: 0.2, stack: 0.2, clarity: 0.35 };
/** One very weak factor cannot be made up for by the others: what is vague stays vague in the best repository. */
const aboveWeakest = 40;

/** @param input the frozen issue, the repository at the base, outcomes of earlier runs */
export function assessFeasibility(input: FeasibilityInput): Feasibility {
  const factors: Record<FactorName, Factor> = {
    complexity: complexityOf(input),
    scope: scopeOf(input),
    stack: stackOf(input),
    clarity: clarityOf(input),
  };
  const mean = factorNames.reduce((sum, name) => sum + weights[name] * factors[name].score, 0);
  const weakest = factorNames.toSorted((a, b) => factors[a].score - factors[b].score);
  const capped = Math.min(mean, aboveWeakest + factors[weakest[0]!].score);
  const learned = learnedFrom(input.earlier);
  const score = clamp(Math.round(capped + learned.points));
  const reasons = weakest.map((name) => factors[name].words);
  return {
    score,
    feasible: score > feasibleAbove,
    factors: factorNames.map((name) => ({ name, score: factors[name].score, words: factors[name].words })),
    reasons: learned.words === '' ? reasons : [...reasons, learned.words],
    raise: weakest.flatMap((name) => factors[name].raise),
  };
}

/** Kinds of work in which a mistake is easily made and hardly seen by tests that a program runs. */
const hard: readonly [what: string, words: RegExp][] = [
  ['concurrency', /\b(?:concurren\w*|race conditions?|deadlocks?|thread[- ]?safe\w*|multi-?thread\w*)\b/i],
  ['a data migration', /\b(?:migrat\w+|backfill\w*|schema changes?)\b/i],
  [
    'security',
    /\b(?:authenticat\w+|authori[sz]ation|oauth\d?|sso|encrypt\w*|cryptograph\w*|permission models?)\b/i,
  ],
  ['performance', /\b(?:performance|memory leaks?|throughput|latency|too slow|optimi[sz]e)\b/i],
  ['a distributed system', /\b(?:distributed|consensus|replicat\w+|microservices?|kubernetes|sharding)\b/i],
  ['a rewrite', /\b(?:rewrit\w+|re-?architect\w*|from scratch|port (?:it|this|everything) to)\b/i],
  ['machine learning', /\b(?:machine learning|neural|train(?:ing)? a model|fine-?tun\w+)\b/i],
  ['looks', /\b(?:redesign\w*|look and feel|pixel[- ]perfect|animations?|dark mode|responsive)\b/i],
  ['an outside service', /\b(?:integrat\w+ with|third[- ]party|stripe|salesforce|webhooks? from)\b/i],
  ['flakiness', /\b(?:flak[ey]\w*|intermittent\w*|sometimes (?:fails?|crashes)|heisenbug)\b/i],
];

function complexityOf({ title, body }: FeasibilityInput): Factor {
  const text = `${title}\n${prose(body)}`;
  const found = hard.filter(([, words]) => words.test(text)).map(([what]) => what);
  const points = listItems(body);
  const score = clamp(95 - 22 * found.length - 3 * Math.max(0, points - 8));
  const many = points > 12 ? [`it lists ${points} points`] : [];
  const because = [...found.map((what) => `it is about ${what}`), ...many];
  return {
    score,
    words:
      because.length === 0
        ? 'Complexity: nothing in the text is known to be hard.'
        : `Complexity: ${because.join(', ')}.`,
    raise: [
      ...(found.length > 1 ? [`Split it: one issue for ${found[0]}, another for the rest.`] : []),
      ...(points > 12 ? ['Split it into issues with fewer points each.'] : []),
    ],
  };
}

const everywhere =
  /\b(?:(?:the )?(?:entire|whole|complete) (?:app(?:lication)?|code ?base|project|repo(?:sitory)?|system|ui|api|site)|all (?:of )?(?:the |our )?(?:files|modules|components|tests|pages|endpoints|code)|every (?:file|module|component|page|endpoint)|everything|everywhere|across the (?:code ?base|project)|overhaul)\b/i;

function scopeOf({ title, body, repository }: FeasibilityInput): Factor {
  const text = `${title}\n${prose(body)}`;
  const files = repository.paths.length;
  const named = pathsNamed(`${title}\n${body}`, repository.paths);
  const wide = everywhere.exec(text)?.[0];
  const large = files > 20_000 ? 25 : files > 5_000 ? 15 : files > 1_000 ? 6 : 0;
  const unplaced = named.length === 0 && files > 200 ? 8 : 0;
  const score = clamp(95 - (wide ? 55 : 0) - large - unplaced - 4 * Math.max(0, named.length - 6));
  const where = named.length === 0 ? 'no file named' : `${named.length} of its files named`;
  return {
    score,
    words: `Scope: a repository of ${files} files, ${where}${wide ? `, and the text speaks of “${wide}”` : ''}.`,
    raise: [
      ...(wide ? [`Say which part is meant first instead of “${wide}”.`] : []),
      ...(unplaced ? ['Name the file or the function that it is about.'] : []),
      ...(named.length > 6 ? ['Split it: it names more files than one change should touch.'] : []),
    ],
  };
}

function stackOf({ repository: { stack, hasTests } }: FeasibilityInput): Factor {
  if (stack === null) {
    return {
      score: 0,
      words: 'Stack: none that auto-build can build and test.',
      raise: ['Add a manifest (such as package.json) that says how the repository is tested.'],
    };
  }
  return hasTests
    ? { score: 100, words: `Stack: ${stack}, with tests of its own.`, raise: [] }
    : {
        score: 70,
        words: `Stack: ${stack}, without tests of its own.`,
        raise: ['Add a first test to the repository, so that a regression can be seen.'],
      };
}

const expectation =
  /\b(?:should|shall|must|needs? to|expect(?:s|ed)?|instead of|rather than|so that|returns?|throws?|raises?|prints?|exits?|shows?|rejects?|accepts?|fails? with|wrong(?:ly)?|incorrect(?:ly)?|crash(?:es)?|at (?:most|least)|only when|never|always)\b/i;
const imperative =
  /^\W*(?:\w+(?:\([^)]*\))?: ?)?(?:add|allow|avoid|change|check|convert|correct|count|create|document|drop|escape|export|fix|format|handle|ignore|implement|include|log|make|parse|prevent|print|read|reject|remove|rename|replace|report|return|round|show|skip|sort|stop|support|throw|trim|turn|update|use|validate|warn|write)\b/i;
const vague =
  /\b(?:better|nicer|improv\w+|clean ?up|polish\w*|moderni[sz]e|somehow|something|stuff|things?|and so on|etc|as you see fit|maybe|more (?:robust|stable|user[- ]friendly|elegant)|best practices?)\b/gi;

function clarityOf({ title, body, repository }: FeasibilityInput): Factor {
  const text = `${title}\n${body}`;
  const words = text.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0;
  const signs = {
    expects: expectation.test(text),
    imperative: imperative.test(title),
    named: namesCode(text) || pathsNamed(text, repository.paths).length > 0,
    example: hasExample(text),
    criteria: listItems(body) >= 2 || /\b(?:acceptance criteria|given\b.*\bwhen\b.*\bthen)\b/is.test(body),
    enough: words >= 12,
  };
  const loose = [...new Set([...prose(text).matchAll(vague)].map(([word]) => word.toLowerCase()))];
  const points =
    (signs.expects ? 25 : 0) +
    (signs.imperative ? 15 : 0) +
    (signs.named ? 25 : 0) +
    (signs.example ? 25 : 0) +
    (signs.criteria ? 15 : 0) +
    (signs.enough ? 10 : -5);
  // A loose word beside an example or a criterion is a manner of speaking; alone it is all there is.
  const firm = signs.example || signs.criteria;
  const score = clamp(points - (firm ? 3 : 12) * Math.min(loose.length, 4));
  const has = [
    signs.expects && 'what must hold',
    signs.named && 'the place',
    signs.example && 'an example',
    signs.criteria && 'criteria',
  ].filter(Boolean);
  const missing = [
    !signs.expects && 'what must hold',
    !signs.named && 'the place',
    !signs.example && 'an example',
  ].filter(Boolean);
  const says = [
    has.length > 0 && `it says ${has.join(', ')}`,
    missing.length > 0 && `it lacks ${missing.join(', ')}`,
    loose.length > 0 && !firm && `“${loose.slice(0, 3).join('”, “')}” can mean anything`,
  ];
  return {
    score,
    words: `Clarity: ${says.filter(Boolean).join('; ')}.`,
    raise: [
      ...(signs.expects ? [] : ['Say what must be so afterwards, and what is wrong now.']),
      ...(signs.example ? [] : ['Give an example: an input, and exactly what must come out.']),
      ...(signs.named ? [] : ['Name the function, command or file that it is about.']),
      ...(signs.criteria || score >= 60
        ? []
        : ['List what has to hold for it to be done, one point a line.']),
    ],
  };
}

/** Deterministic and small: it can tip a close decision, and never makes one alone. */
function learnedFrom(earlier: FeasibilityInput['earlier']): { points: number; words: string } {
  if (earlier.length === 0) return { points: 0, words: '' };
  const good = earlier.filter(({ succeeded }) => succeeded).length;
  const bad = earlier.length - good;
  const points = Math.max(-15, Math.min(6, 2 * good - 5 * bad));
  const list = earlier.map(({ issue, succeeded }) => `#${issue} ${succeeded ? 'merged' : 'not merged'}`);
  const sign = points > 0 ? `+${points}` : `${points}`;
  return { points, words: `Earlier: similar issues ended as ${list.join(', ')} (${sign}).` };
}

/** Code, calls, flags, paths, identifiers with an inner capital or underscore. */
function namesCode(text: string): boolean {
  return /`[^`\n]{2,}`|```|\b[\p{L}_$][\w$]*\([^)\n]*\)|(?:^|\s)--[a-z][\w-]+|\b[\w-]+\.(?:[cm]?[jt]sx?|py|go|rs|rb|java|md|json|ya?ml|toml|css|html)\b|\b[a-z]+(?:[A-Z][a-z]+)+\b|\b[a-z]+_[a-z_]+\b/u.test(
    text,
  );
}

/** Something goes in and something comes out: a block of code, a call with values, a value that is quoted. */
function hasExample(text: string): boolean {
  return /```|\b[\w.$]+\([^)\n]*(?:\d|['"“”[{])[^)\n]*\)|=>|→|->|(['"])[^'"\n]{2,60}\1|[“][^”\n]{2,80}”|\be\.g\.|\bfor example\b|\bfor instance\b|`[^`\n]*\d[^`\n]*`/i.test(
    text,
  );
}

function pathsNamed(text: string, paths: readonly string[]): string[] {
  const words = new Set(text.match(/[\w./-]+/g)?.map((word) => word.replace(/^[./]+|[./]+$/g, '')) ?? []);
  return paths.filter((path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const stem = name.replace(/\.[^.]+$/, '');
    return words.has(path) || words.has(name) || (stem.length > 3 && /[A-Z_-]/.test(stem) && words.has(stem));
  });
}

function listItems(body: string): number {
  return body.match(/^\s{0,6}(?:[-*+]|\d{1,2}[.)])\s+\S/gm)?.length ?? 0;
}

/** Without code: words in there are values, not what the author says. */
function prose(text: string): string {
  return text.replaceAll(/```[\s\S]*?(?:```|$)/g, ' ').replaceAll(/`[^`\n]*`/g, ' ');
}

function clamp(points: number): number {
  return Math.max(0, Math.min(100, points));
}
