import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import type { Locale } from '../platform/errors.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

/** Where a command writes and asks. */
export type Terminal = {
  locale: Locale;
  /** One line on standard output. */
  print(line: string): void;
  /** One line on standard error. */
  complain(line: string): void;
  /** The text in a colour, where the output is a terminal that shows colours. */
  paint(colour: Colour, text: string): string;
  /** Whether somebody is there to be asked. */
  interactive: boolean;
  /** Asks a question to be answered with y or n; anything but yes is no. */
  confirm(question: string): Promise<boolean>;
};

/** The process's own terminal; Japanese when the environment's locale is. */
export function processTerminal(environment: NodeJS.ProcessEnv = process.env): Terminal {
  const language = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || '';
  const coloured = process.stdout.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
  return {
    locale: language.startsWith('ja') ? 'ja' : 'en',
    print: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
    paint: (colour, text) => (coloured ? styleText(colour, text) : text),
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    async confirm(question) {
      const lines = createInterface({ input: process.stdin, output: process.stdout });
      try {
        return /^(y|yes|はい)$/i.test((await lines.question(`${question} [y/N] `)).trim());
      } finally {
        lines.close();
      }
    },
  };
}
