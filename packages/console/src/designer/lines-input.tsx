import { Textarea } from '@mantine/core';
import { useState } from 'react';

/** A list of texts, one a line; empty lines are nothing. */
export function LinesInput({
  label,
  description,
  value,
  onChange,
}: {
  label: string;
  description?: string;
  value: readonly string[];
  onChange(value: string[]): void;
}) {
  const [text, setText] = useState(value.join('\n'));
  const shown = linesOf(text).join('\n') === value.join('\n') ? text : value.join('\n');
  return (
    <Textarea
      label={label}
      description={description}
      autosize
      minRows={2}
      maxRows={12}
      value={shown}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        onChange(linesOf(currentTarget.value));
      }}
    />
  );
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
