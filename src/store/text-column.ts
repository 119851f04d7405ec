/**
 * Text as every database keeps it the same: PostgreSQL refuses NUL, and a lone surrogate has no UTF-8.
 * JSON columns need no such care, because `JSON.stringify` escapes both.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{FFFD}');
}
