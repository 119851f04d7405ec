import { points } from './markdown.ts';
import { stripInvisible } from './untrusted.ts';
import type { RunView } from './view.ts';

/**
 * The message of the delivered commit, and of the merge. Written by the host: nothing a model wrote is in it, and the
 * issue's title loses what GitHub acts upon: `[skip ci]` and its kin (zero checks would read as green), mentions, and
 * words that close other issues.
 */
export function commitMessage(view: Pick<RunView, 'issue' | 'run' | 'score' | 'contracts' | 'patch'>): {
  title: string;
  message: string;
} {
  const { issue } = view;
  const proven = view.contracts.filter((contract) => contract.proven).length;
  const facts = [
    view.contracts.length > 0 && `${proven} of ${view.contracts.length} contracts proven by sealed tests`,
    view.score && `score ${points(view.score.score)}`,
  ].filter((fact) => fact);
  const trailers = [
    `Auto-Build-Run: ${view.run}`,
    ...(view.patch ? [`Auto-Build-Candidate: ${view.patch.tree}`] : []),
    `Requested-By: ${plain(issue.startedBy)}`,
  ];
  return {
    title: subject(commitType(view), plain(issue.title)),
    message: [
      `Fixes #${issue.number}`,
      ...(facts.length > 0 ? [`${facts.join(', ')}.`] : []),
      trailers.join('\n'),
    ].join('\n\n'),
  };
}

/** Conventional commit type, from what was changed and from the words of the title. */
function commitType({ issue, patch }: Pick<RunView, 'issue' | 'patch'>): 'feat' | 'fix' | 'docs' | 'test' {
  const paths = patch?.files.map((file) => file.path) ?? [];
  if (paths.length > 0 && paths.every((path) => /\.(md|rst|txt)$|^docs\//i.test(path))) return 'docs';
  if (paths.length > 0 && paths.every((path) => /(^|\/)(tests?|__tests__)\/|\.(test|spec)\./i.test(path)))
    return 'test';
  return /\b(bug|crash\w*|fix\w*|broken|wrong|fails?|error|regression)\b/i.test(issue.title) ? 'fix' : 'feat';
}

function subject(type: string, title: string): string {
  const room = 72 - type.length - 2;
  const words = /^[A-Z][a-z]/.test(title) ? title[0]?.toLowerCase() + title.slice(1) : title;
  return `${type}: ${
    words.length <= room
      ? words
      : `${words
          .slice(0, room - 1)
          .toWellFormed()
          .trimEnd()}…`
  }`;
}

/** Printable words without brackets, `@` and `#`: commit messages are no Markdown, so nothing can be escaped. */
function plain(text: string): string {
  return stripInvisible(text)
    .text.replaceAll('[', '(')
    .replaceAll(']', ')')
    .replaceAll(/[@#]/g, '')
    .replaceAll(/\bskip-checks\b/gi, 'skip checks')
    .replaceAll(/\bGH-(?=\d)/gi, 'GH ')
    .replaceAll(/https?:\/\//gi, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
