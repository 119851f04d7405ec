/** A text of the app without what differs from run to run: times, dates, costs, addresses, ids of runs and commits. */
export function steady(text: string): string {
  return text
    .replaceAll(/(?:<\s)?\d+(?:\.\d+)?\s(?:ms|s)\b/g, '<time>')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d(?: UTC)?/g, '<date>')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, '<github>')
    .replaceAll(/[0-9a-z]{9}-[0-9a-f]{8}/g, '<run>')
    .replaceAll(/(?:sha256:)?\b[0-9a-f]{12,64}\b/g, '<hash>')
    .replaceAll(/(?:<\s)?\$0\.\d\d/g, '<usd>');
}
