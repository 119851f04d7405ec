/**
 * Hidden first lines by which we find our own texts again. One sticky comment and one pull request per issue,
 * whatever number of runs it took; a report belongs to its run.
 */
export type Marker =
  | { kind: 'sticky'; issue: number }
  | { kind: 'pull-request'; issue: number }
  | { kind: 'report'; issue: number; run: string };

export function formatMarker(marker: Marker): string {
  const run = marker.kind === 'report' ? ` run=${marker.run}` : '';
  return `<!-- auto-build:${marker.kind} issue=${marker.issue}${run} -->`;
}

const pattern = /^<!-- auto-build:(sticky|pull-request|report) issue=([1-9]\d*)(?: run=([\w-]+))? -->/;

/** The marker that a text begins with; undefined when it is not one of ours. */
export function parseMarker(text: string): Marker | undefined {
  const [, kind, number, run] = pattern.exec(text) ?? [];
  const issue = Number(number);
  switch (kind) {
    case 'sticky':
    case 'pull-request':
      return run === undefined ? { kind, issue } : undefined;
    case 'report':
      return run === undefined ? undefined : { kind, issue, run };
    default:
      return undefined;
  }
}
