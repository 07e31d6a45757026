/** A name as SQL takes it, whatever characters it has. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
