/** Characters of the slug; the whole name stays readable in lists of branches. */
const maxSlug = 40;

/** `auto-build/<issue>-<slug>`: the same for every run of an issue, as long as its frozen title is the same. */
export function branchName(issue: number, title: string): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f'’]/g, '')
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  let slug = words.shift()?.slice(0, maxSlug) ?? '';
  for (const word of words) {
    if (slug.length + 1 + word.length > maxSlug) break;
    slug += `-${word}`;
  }
  return slug === '' ? `auto-build/${issue}` : `auto-build/${issue}-${slug}`;
}

/** The issue that a branch of ours was made for; undefined for branches of others. */
export function issueOfBranch(branch: string): number | undefined {
  const number = /^auto-build\/([1-9]\d*)(?:-[a-z0-9-]+)?$/.exec(branch)?.[1];
  return number === undefined ? undefined : Number(number);
}
