import { expect, test } from 'vitest';
import { renderMarkdown } from '../../../src/offline/page/markdown.ts';

const render = (source: string) => renderMarkdown(source, { repositoryUrl: '/acme/tiny-text' }).trim();

test.each([
  ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['a <b onclick="x()">b</b>', '<p>a <b>b</b></p>'],
  ['a <!-- hidden --> b', '<p>a  b</p>'],
  ['[x](javascript:alert(1))', '<p>x</p>'],
  ['[x](//example.com)', '<p>x</p>'],
  [
    '![x](https://example.com/a.png)',
    '<p><a href="https://example.com/a.png" rel="noopener noreferrer nofollow">image: x</a></p>',
  ],
  [
    '[x](https://example.com/"onmouseover="y)',
    '<p><a href="https://example.com/&quot;onmouseover=&quot;y" rel="noopener noreferrer nofollow">x</a></p>',
  ],
  ['a </div></article> b', '<p>a &lt;/article&gt; b</p>'],
  ['fixes #12 and &#39;', '<p>fixes <a href="/acme/tiny-text/issues/12">#12</a> and &#39;</p>'],
  ['`<b>` & co', '<p><code>&lt;b&gt;</code> &amp; co</p>'],
  ['one\ntwo', '<p>one<br>two</p>'],
])('%s', (source, expected) => {
  expect(render(source)).toBe(expected);
});

test('details that are not closed swallow nothing behind the comment', () => {
  expect(render('<details><summary>more</summary>\n\ntext')).toMatch(/<p>text<\/p>\s*<\/details>$/);
});

test('code keeps its text, with the language as a mark', () => {
  expect(render('```mermaid\na --> b\n```')).toBe(
    '<div class="code" data-lang="mermaid"><pre><code>a --&gt; b</code></pre></div>',
  );
});

test('task lists and tables', () => {
  expect(render('- [x] done\n- [ ] open')).toContain('<input checked="" disabled="" type="checkbox">');
  expect(render('|a|\n|-:|\n|✅|')).toContain(
    '<td align="right"><span class="sign"><svg class="icon success"',
  );
});
