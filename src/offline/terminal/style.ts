import { styleText } from 'node:util';

type Paint = (text: string) => string;

/** How text is set off in a terminal; without colour all of it is the text itself. */
export interface Style {
  bold: Paint;
  dim: Paint;
  italic: Paint;
  green: Paint;
  red: Paint;
  yellow: Paint;
  blue: Paint;
  cyan: Paint;
}

const plain: Paint = (text) => text;

export function styleOf(colour: boolean): Style {
  const paint = (format: 'bold' | 'dim' | 'italic' | 'green' | 'red' | 'yellow' | 'blue' | 'cyan'): Paint =>
    colour ? (text) => styleText(format, text, { validateStream: false }) : plain;
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    italic: paint('italic'),
    green: paint('green'),
    red: paint('red'),
    yellow: paint('yellow'),
    blue: paint('blue'),
    cyan: paint('cyan'),
  };
}
