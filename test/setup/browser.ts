/** A browser without a window, in the hands of somebody who presses every button: the manifest flow to its end. */

interface Form {
  action: string;
  fields: Record<string, string>;
}

/**
 * Opens the local page, sends its form to GitHub, confirms there, and goes where GitHub sends it.
 * @returns the status of the last page
 */
export async function pressThrough(page: string): Promise<number> {
  const first = form(await (await fetch(page)).text());
  const second = form(await (await submit(page, first)).text());
  return (await submit(first.action, { ...second, fields: { ...second.fields, confirm: 'yes' } })).status;
}

function form(html: string): Form {
  const plain = (text: string) =>
    text
      .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&amp;', '&');
  const fields = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)];
  return {
    action: plain(/<form method="post" action="([^"]*)">/.exec(html)![1]!),
    fields: Object.fromEntries(fields.map(([, name, value]) => [name!, plain(value!)])),
  };
}

function submit(base: string, { action, fields }: Form): Promise<Response> {
  return fetch(new URL(action, base), { method: 'POST', body: new URLSearchParams(fields) });
}
