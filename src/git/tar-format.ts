/** The tar format, just enough: written in the GNU dialect, which busybox, GNU tar, bsdtar and Docker all read. */

const BLOCK = 512;
const NAME_BYTES = 100;

export interface TarMember {
  path: string;
  type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
  /** Permission bits. */
  mode: number;
  content: Buffer;
  /** Target of a link. */
  target: string;
}

/** The tar is not one that we can read safely; the message says why. */
export class TarFormatError extends Error {
  override readonly name = 'TarFormatError';
}

const TYPE_FLAGS = { file: '0', directory: '5', symlink: '2' } as const;

/** Blocks of one member, long names included. `date` to the second. */
export function writeMember(
  member: { path: string; type: keyof typeof TYPE_FLAGS; mode: number; content?: Buffer; target?: Buffer },
  date: Date,
): Buffer[] {
  const name = Buffer.from(member.type === 'directory' ? `${member.path}/` : member.path);
  const target = member.target ?? Buffer.alloc(0);
  const content = member.content ?? Buffer.alloc(0);
  return [
    ...(name.length > NAME_BYTES ? longName('L', name) : []),
    ...(target.length > NAME_BYTES ? longName('K', target) : []),
    header({ name, target, type: TYPE_FLAGS[member.type], mode: member.mode, size: content.length, date }),
    ...padded(content),
  ];
}

/** The two zero blocks that end a tar. */
export function endOfTar(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

function longName(type: 'L' | 'K', value: Buffer): Buffer[] {
  const content = Buffer.concat([value, Buffer.alloc(1)]);
  const name = Buffer.from('././@LongLink');
  return [
    header({ name, target: Buffer.alloc(0), type, mode: 0, size: content.length, date: new Date(0) }),
    ...padded(content),
  ];
}

function header(field: {
  name: Buffer;
  target: Buffer;
  type: string;
  mode: number;
  size: number;
  date: Date;
}): Buffer {
  const block = Buffer.alloc(BLOCK);
  field.name.copy(block, 0, 0, NAME_BYTES);
  octal(block, field.mode, 100, 8);
  octal(block, 0, 108, 8);
  octal(block, 0, 116, 8);
  octal(block, field.size, 124, 12);
  octal(block, Math.max(0, Math.floor(field.date.getTime() / 1000)), 136, 12);
  block.fill(' ', 148, 156);
  block.write(field.type, 156, 'latin1');
  field.target.copy(block, 157, 0, NAME_BYTES);
  block.write('ustar  \0', 257, 'latin1');
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function octal(block: Buffer, value: number, at: number, width: number): void {
  block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
}

function padded(content: Buffer): Buffer[] {
  const rest = content.length % BLOCK;
  return rest === 0 ? [content] : [content, Buffer.alloc(BLOCK - rest)];
}

/**
 * Members of a tar that an enemy may have made, one at a time; contents are views of `tar`, not copies.
 * @throws TarFormatError for what is cut off, forged or sparse
 */
export function* readMembers(tar: Buffer): Generator<TarMember> {
  let next: { path?: string; target?: string; size?: number } = {};
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const block = tar.subarray(at, at + BLOCK);
    if (block.every((byte) => byte === 0)) return;
    requireChecksum(block);
    const type = String.fromCharCode(block[156]!);
    const size = (isExtension(type) ? undefined : next.size) ?? number(block, 124, 12);
    const hasContent = !['1', '2', '3', '4', '5', '6'].includes(type);
    const end = at + BLOCK + (hasContent ? size : 0);
    if (!Number.isSafeInteger(end) || end > tar.length) throw new TarFormatError('it is cut off');
    const content = tar.subarray(at + BLOCK, end);
    at = Math.ceil(end / BLOCK) * BLOCK;

    if (type === 'L') next.path = text(content, 0, content.length);
    else if (type === 'K') next.target = text(content, 0, content.length);
    else if (type === 'x') next = { ...next, ...paxOverrides(content) };
    else if (type === 'g') requireHarmless(paxOverrides(content));
    else {
      yield {
        path: next.path ?? headerPath(block),
        type: memberType(type, next.path ?? headerPath(block)),
        mode: number(block, 100, 8) & 0o7777,
        content,
        target: next.target ?? text(block, 157, 100),
      };
      next = {};
    }
  }
}

function isExtension(type: string): boolean {
  return type === 'L' || type === 'K' || type === 'x' || type === 'g';
}

function memberType(type: string, path: string): TarMember['type'] {
  if (type === 'S') throw new TarFormatError('it has sparse files');
  if (type === '5' || (path.endsWith('/') && (type === '0' || type === '\0'))) return 'directory';
  if (type === '0' || type === '\0' || type === '7') return 'file';
  if (type === '2') return 'symlink';
  return type === '1' ? 'hardlink' : 'other';
}

function headerPath(block: Buffer): string {
  const name = text(block, 0, NAME_BYTES);
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? text(block, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Records `<length> <key>=<value>\n`; the length counts itself. */
function paxOverrides(content: Buffer): { path?: string; target?: string; size?: number } {
  const found: { path?: string; target?: string; size?: number } = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const length = Number(content.toString('latin1', at, Math.max(at, space)));
    const equals = content.indexOf(61, space);
    const end = at + length;
    if (!(length > 0) || space < at || equals < space || equals >= end || end > content.length) {
      throw new TarFormatError('it has a broken PAX header');
    }
    const key = content.toString('latin1', space + 1, equals);
    const value = content.toString('utf8', equals + 1, end - 1);
    if (key.startsWith('GNU.sparse.')) throw new TarFormatError('it has sparse files');
    if (key === 'path') found.path = value;
    if (key === 'linkpath') found.target = value;
    if (key === 'size') found.size = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    at = end;
  }
  return found;
}

function requireHarmless(overrides: object): void {
  if (Object.keys(overrides).length > 0) throw new TarFormatError('it renames all members at once');
}

function requireChecksum(block: Buffer): void {
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== number(block, 148, 8)) throw new TarFormatError('a header has a wrong checksum');
}

/** Octal digits, or big-endian base 256 when the first bit is set. */
function number(block: Buffer, at: number, width: number): number {
  const field = block.subarray(at, at + width);
  if (field[0]! & 0x80) {
    const value = field.reduce((total, byte, index) => total * 256 + (index === 0 ? byte & 0x7f : byte), 0);
    return field[0] === 0x80 ? value : Number.NaN;
  }
  const digits = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN;
}

function text(bytes: Buffer, at: number, width: number): string {
  const field = bytes.subarray(at, at + width);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}
