import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What an instance is: its own folder with files, its users, and what its subscriber bought. */
export type Instance = { id: string; parameters: Record<string, string>; users: string[]; active: boolean };

const nameForm = /^[\p{L}\p{N}_][\p{L}\p{N} ._-]{0,99}$/u;

export function createStorage(root: string) {
  const place = (id: string, ...names: string[]) => {
    if (![id, ...names].every((name) => nameForm.test(name) && !name.includes('..')))
      throw new Error('bad name');
    return join(root, id, ...names);
  };
  const read = async (id: string): Promise<Instance> =>
    JSON.parse(await readFile(place(id, 'instance.json'), 'utf8')) as Instance;
  const write = (instance: Instance) =>
    writeFile(place(instance.id, 'instance.json'), JSON.stringify(instance));

  return {
    async create(parameters: Record<string, string>): Promise<Instance> {
      const instance = { id: `files-${crypto.randomUUID()}`, parameters, users: [], active: true };
      await mkdir(place(instance.id, 'files'), { recursive: true });
      await write(instance);
      return instance;
    },
    read,
    async change(id: string, change: (instance: Instance) => void): Promise<void> {
      const instance = await read(id);
      change(instance);
      await write(instance);
    },
    remove: (id: string) => rm(place(id), { recursive: true }),
    async list(id: string): Promise<{ folder: string; files: string[] }[]> {
      const folders = (await readdir(place(id, 'files'), { withFileTypes: true })).filter((one) =>
        one.isDirectory(),
      );
      return Promise.all(
        folders.map(async ({ name }) => ({ folder: name, files: await readdir(place(id, 'files', name)) })),
      );
    },
    /** Refuses more folders than were bought: keeping to the limits is the application's part (oscm §1.4 fact 27). */
    async addFolder(id: string, name: string): Promise<void> {
      const { parameters } = await read(id);
      const limit = Number(parameters.MAX_FOLDER_NUMBER ?? 10);
      if ((await readdir(place(id, 'files'))).length >= limit) throw new Error(`at most ${limit} folders`);
      await mkdir(place(id, 'files', name));
    },
    save: (id: string, folder: string, name: string, content: Buffer) =>
      writeFile(place(id, 'files', folder, name), content),
    load: (id: string, folder: string, name: string) => readFile(place(id, 'files', folder, name)),
    /** Copies all files aside; gives the name of the copy. */
    async backup(id: string, label: string): Promise<string> {
      const name = `backup ${label || new Date().toISOString().replaceAll(':', '-')}`;
      await cp(place(id, 'files'), place(id, name), { recursive: true });
      return name;
    },
  };
}
export type Storage = ReturnType<typeof createStorage>;
